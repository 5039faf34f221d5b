//! Lists of returns, page by page, over months.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::lead::{Lead, ReturnRequest};
use serde_json::{Value, json};

use crate::{
    harness::Api,
    sales::{at_once, hours_ago, id, sold_at},
};

/// Returned at once, every fourth of them by `b2` and the others by `b1`.
fn returned(number: u128, hours: i64) -> Lead {
    let bid = if number.is_multiple_of(4) { "b2" } else { "b1" };
    let lead = sold_at(number, &[("d1", bid)], &at_once(), hours_ago(hours + 24));
    let did = "d1".parse().unwrap();
    let asked = lead.on_return_requested(&did, ReturnRequest::because("DUPE"), hours_ago(hours)).unwrap();
    asked.on_return_approved(&did, true, hours_ago(hours)).unwrap()
}

/// A hundred returns, two of them of each time, over 300 days.
async fn api() -> Api {
    let api = Api::start().await;
    let leads: Vec<Lead> = (0..100).map(|number| returned(number, 144 * i64::try_from(number / 2).unwrap())).collect();
    api.put(&leads).await;
    api
}

/// The leads of all pages, and how many there are of these.
async fn all(api: &Api, query: &str) -> (Vec<Value>, usize) {
    let (mut leads, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = api.get(&format!("/v1/returns?{query}{cursor}")).await.ok();
        leads.extend(page["items"].as_array().unwrap().iter().map(|item| item["lead_id"].clone()));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (leads, pages),
        }
    }
}

/// The leads from newest to oldest, of those of the same time the later id first.
fn newest_first(is_listed: impl Fn(u128) -> bool) -> Vec<Value> {
    let pairs = (0..50).flat_map(|pair| [2 * pair + 1, 2 * pair]);
    pairs.filter(|number| is_listed(*number)).map(|number| json!(id(number))).collect()
}

#[tokio::test]
async fn pages_have_every_return_once_wherever_they_are_cut_and_whatever_is_left_out() {
    let api = api().await;
    let everything = newest_first(|_| true);
    for (limit, pages) in [(1, 100), (3, 34), (50, 2), (99, 2), (100, 1), (200, 1)] {
        let query = format!("limit={limit}");
        assert_eq!(all(&api, &query).await, (everything.clone(), pages), "{query}");
    }
    let of_b2 = newest_first(|number| number.is_multiple_of(4));
    assert_eq!(all(&api, "limit=10&bid=b2").await, (of_b2.clone(), 3));
    assert_eq!(all(&api.by("b2"), "limit=25").await, (of_b2.clone(), 1));
    // Most lines of the list are left out; pages are full all the same.
    assert_eq!(all(&api, "limit=10&sid=s1&bid=b2&state=approved").await.0, of_b2);
    assert_eq!(all(&api, "limit=10&campid=heat").await, (Vec::new(), 1));
    let (from, to) = (hours_ago(24 * 200).strftime("%F").to_string(), hours_ago(24 * 100).strftime("%F").to_string());
    let between = all(&api, &format!("limit=5&from={from}&to={to}")).await.0;
    assert!((30..=38).contains(&between.len()), "{}", between.len());
    assert!(everything.windows(between.len()).any(|some| some == between));
}

#[tokio::test]
async fn a_cursor_tells_nobody_what_the_list_leaves_out() {
    let api = api().await;
    for caller in ["s1", "b1"] {
        let page = api.by(caller).get("/v1/returns?limit=1").await.ok();
        let cursor = page["next_cursor"].as_str().unwrap();
        let decoded = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
        assert!(decoded.bytes().all(|byte| byte.is_ascii_hexdigit()), "{caller}: {decoded}");
        let sealed = String::from_utf8_lossy(&hex::decode(&decoded).unwrap()).into_owned();
        assert!(!sealed.contains("d1") && !sealed.contains("lead_"), "{caller}: {sealed}");
    }
}

#[tokio::test]
async fn cursors_of_another_list_and_of_nobody_are_refused() {
    let api = api().await;
    let next = api.get("/v1/returns?limit=3").await.ok()["next_cursor"].as_str().unwrap().to_owned();
    for (caller, query) in [
        ("seller", format!("bid=b1&cursor={next}")),
        ("seller", format!("state=approved&cursor={next}")),
        ("b1", format!("cursor={next}")),
        ("s1", format!("cursor={next}")),
        ("seller", "cursor=abc".to_owned()),
        ("seller", "cursor=QWxsI3g".to_owned()),
    ] {
        let answer = api.by(caller).get(&format!("/v1/returns?{query}")).await;
        assert_eq!(answer.refusal(), "400 invalid_query cursor:invalid_cursor", "{caller} {query}");
    }
}

#[tokio::test]
async fn a_file_says_where_the_next_one_goes_on() {
    let api = api().await;
    let first = api.get("/v1/returns?limit=60&format=csv").await;
    let next = first.header("next-cursor").to_owned();
    let second = api.get(&format!("/v1/returns?limit=60&format=csv&cursor={next}")).await;
    assert_eq!((first.lines().len(), second.lines().len(), second.header("next-cursor")), (61, 41, ""));
    let id_of = |line: &str| line.split(',').nth(1).unwrap().to_owned();
    let both = [&first.lines()[1..], &second.lines()[1..]].concat();
    let both: Vec<Value> = both.into_iter().map(|line| json!(id_of(line))).collect();
    assert_eq!(both, newest_first(|_| true));
}
