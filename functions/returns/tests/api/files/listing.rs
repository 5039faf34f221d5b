//! Lists of files.

use serde_json::{Value, json};

use super::{PATH, dropped, id};
use crate::harness::Api;

/// Files of the buyers by turns, over a hundred days: the first is the newest.
async fn api() -> Api {
    let api = Api::start().await;
    for number in 1..=10 {
        let bid = if number % 2 == 1 { "b1" } else { "b2" };
        dropped(&api, number, bid, i64::try_from(number).unwrap() * 240).await;
    }
    api
}

fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<Value> {
    numbers.into_iter().map(|number| json!(id(number))).collect()
}

fn of_page(page: &Value) -> Vec<Value> {
    page["items"].as_array().unwrap().iter().map(|file| file["return_file_id"].clone()).collect()
}

/// The files of all pages, and how many there are of these.
async fn all(api: &Api, query: &str) -> (Vec<Value>, usize) {
    let (mut files, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = api.get(&format!("{PATH}?{query}{cursor}")).await.ok();
        files.extend(of_page(&page));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (files, pages),
        }
    }
}

#[tokio::test]
async fn each_sees_their_own_files_newest_first_however_the_pages_are_cut() {
    let api = api().await;
    let (odd, even) = ((1..=10).step_by(2), (2..=10).step_by(2));
    for (caller, query, expected, pages) in [
        ("seller", "limit=3", ids(1..=10), 4),
        ("seller", "limit=10", ids(1..=10), 1),
        ("seller", "", ids(1..=10), 1),
        ("seller", "limit=1&bid=b2", ids(even.clone()), 5),
        ("seller", "bid=nobody", ids([]), 1),
        ("b1", "limit=2", ids(odd.clone()), 3),
        ("b1", "bid=b1", ids(odd), 1),
        ("b2", "limit=200", ids(even), 1),
    ] {
        assert_eq!(all(&api.by(caller), query).await, (expected, pages), "{caller} {query}");
    }
}

#[tokio::test]
async fn suppliers_and_other_buyers_see_no_files() {
    let api = api().await;
    for (caller, query) in [("b1", "?bid=b2"), ("s1", ""), ("s1", "?bid=b1")] {
        assert_eq!(api.by(caller).get(&format!("{PATH}{query}")).await.refusal(), "403 not_yours", "{caller} {query}");
    }
    assert_eq!(api.by("").get(PATH).await.status, 401);
}

#[tokio::test]
async fn a_cursor_goes_on_for_who_was_given_it_and_in_the_list_that_it_is_of() {
    let api = api().await;
    let cursor = async |caller, query: &str| {
        let page = api.by(caller).get(&format!("{PATH}?limit=1&{query}")).await.ok();
        page["next_cursor"].as_str().unwrap().to_owned()
    };
    let (of_all, of_b1) = (cursor("seller", "").await, cursor("seller", "bid=b1").await);
    let own = cursor("b1", "").await;
    for (caller, query) in [
        ("seller", format!("bid=b1&cursor={of_all}")),
        ("seller", format!("cursor={of_b1}")),
        ("seller", format!("bid=b2&cursor={of_b1}")),
        ("seller", format!("bid=b1&cursor={own}")),
        ("b1", format!("cursor={of_all}")),
        ("b1", format!("cursor={of_b1}")),
        ("b2", format!("cursor={own}")),
        ("seller", "cursor=x".to_owned()),
    ] {
        let answer = api.by(caller).get(&format!("{PATH}?{query}")).await;
        assert_eq!(answer.refusal(), "400 invalid_query cursor:invalid_cursor", "{caller} {query}");
    }
    let of_returns = api.by("b1").get(&format!("/v1/returns?cursor={own}")).await;
    assert_eq!(of_returns.refusal(), "400 invalid_query cursor:invalid_cursor");
    let other_size = api.by("b1").get(&format!("{PATH}?bid=b1&limit=2&cursor={own}")).await.ok();
    assert_eq!(of_page(&other_size), ids([3, 5]));
}

#[tokio::test]
async fn a_list_takes_no_other_parameters() {
    let api = Api::start().await;
    for (query, finding) in [
        ("limit=0", "limit:range"),
        ("limit=201", "limit:range"),
        ("bid=b%201", "bid:invalid"),
        ("state=running", "state:unknown_parameter"),
    ] {
        let answer = api.get(&format!("{PATH}?{query}")).await;
        assert_eq!(answer.refusal(), format!("400 invalid_query {finding}"), "{query}");
    }
}

#[tokio::test]
async fn what_suppliers_give_back_is_listed_for_the_seller_alone() {
    let api = api().await;
    let first = |page: Value| page["items"][0].clone();
    assert_eq!(first(api.get(PATH).await.ok())["payouts"], json!([]));
    assert_eq!(first(api.by("b1").get(PATH).await.ok())["payouts"], Value::Null);
}
