//! Lists of returns: what is on them, by each filter, as JSON and as a file.

use domain::lead::{Lead, ReturnRequest};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    harness::{Api, Returned},
    sales::{at_once, by_approval, form, hours_ago, id, sold, sold_at},
};

/// The lead after its sale to `b1` was asked for, at this time.
fn asked(lead: &Lead, reason: &str, at: Timestamp) -> Lead {
    let did = lead.sales().next().unwrap().0.clone();
    let request = ReturnRequest { reverse_payout: true, ..ReturnRequest::because(reason) };
    lead.on_return_requested(&did, request, at).unwrap()
}

/// The same, and approved an hour later.
fn approved(lead: &Lead, reason: &str, at: Timestamp) -> Lead {
    let did = lead.sales().next().unwrap().0.clone();
    asked(lead, reason, at).on_return_approved(&did, true, at + SignedDuration::from_hours(1)).unwrap()
}

/// Five returns, the latest first:
///
/// 1. for solar of `s1` to `b1`, waits for 5 hours;
/// 2. for solar of `s1` to `b2`, refused 6 hours ago;
/// 3. for heat of `s2` to `b1`, approved 9 hours ago;
/// 4. for heat of `s1` to `b2`, approved 49 hours ago;
/// 5. for solar of `s2` to `b1`, undone 60 days ago.
async fn api() -> Api {
    let api = Api::start().await;
    let heat = || "heat".parse().unwrap();
    let (s2, d1) = (|| "s2".parse().unwrap(), "d1".parse().unwrap());
    let to = |number, bid, hours| sold_at(number, &[("d1", bid)], &by_approval(), hours_ago(hours));
    let one = asked(&to(1, "b1", 20), "DUPE", hours_ago(5));
    let two = asked(&to(2, "b2", 20), "DUPE", hours_ago(7)).on_return_refused(&d1, "it rang", hours_ago(6)).unwrap();
    let three = approved(&Lead { campid: heat(), sid: s2(), ..to(3, "b1", 20) }, "OTHER", hours_ago(10));
    let four = approved(&Lead { campid: heat(), ..to(4, "b2", 60) }, "INVALID_PHONE", hours_ago(50));
    let days = |days: i64| hours_ago(24 * days);
    let five = approved(&Lead { sid: s2(), ..to(5, "b1", 24 * 70) }, "OTHER", days(61));
    let five = five.on_return_undone(&d1, "a mistake", days(60)).unwrap();
    api.put(&[one, two, three, four, five]).await;
    api
}

/// The numbers of the leads of the returns that are listed.
async fn numbers(api: &Api, query: &str) -> Vec<u128> {
    let answer = api.get(&format!("/v1/returns{query}")).await.ok();
    assert_eq!(answer["next_cursor"], Value::Null, "{query}");
    let number = |item: &Value| (1..=20).find(|number| item["lead_id"] == json!(id(*number))).unwrap();
    answer["items"].as_array().unwrap().iter().map(number).collect()
}

#[tokio::test]
async fn returns_are_listed_by_each_filter_and_by_all_of_them_newest_first() {
    let api = api().await;
    for (query, expected) in [
        ("", &[1, 2, 3, 4, 5][..]),
        ("?state=requested", &[1]),
        ("?state=refused", &[2]),
        ("?state=approved", &[3, 4]),
        ("?state=undone", &[5]),
        ("?bid=b1", &[1, 3, 5]),
        ("?bid=b2", &[2, 4]),
        ("?bid=b9", &[]),
        ("?sid=s2", &[3, 5]),
        ("?bid=b1&sid=s1", &[1]),
        ("?campid=heat", &[3, 4]),
        ("?campid=heat&campid=solar", &[1, 2, 3, 4, 5]),
        ("?reason=DUPE", &[1, 2]),
        ("?reason=OTHER&reason=INVALID_PHONE", &[3, 4, 5]),
        ("?state=approved&bid=b2&sid=s1&campid=heat&reason=INVALID_PHONE", &[4]),
        ("?state=requested&bid=b2", &[]),
    ] {
        assert_eq!(numbers(&api, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn days_are_the_accounts_and_go_by_when_returns_were_asked_for() {
    let api = api().await;
    let day = |hours| hours_ago(hours).to_zoned(jiff::tz::TimeZone::get("Europe/London").unwrap()).date();
    let (of_four, of_five) = (day(50), day(24 * 61));
    assert_eq!(numbers(&api, &format!("?from={of_four}&to={of_four}")).await.last(), Some(&4));
    assert_eq!(numbers(&api, &format!("?to={of_four}")).await, [4, 5]);
    assert_eq!(numbers(&api, &format!("?from={of_five}&to={of_five}")).await, [5]);
    assert_eq!(numbers(&api, &format!("?to={}", of_five.yesterday().unwrap())).await, [0; 0]);
    let backwards = api.get(&format!("/v1/returns?from={of_four}&to={of_five}")).await;
    assert_eq!(backwards.refusal(), "400 invalid_query to:backwards");
}

#[tokio::test]
async fn queries_that_mean_nothing_are_refused() {
    let api = api().await;
    for (query, expected) in [
        ("?state=returned", "400 invalid_query state:unknown_word"),
        ("?from=yesterday", "400 invalid_query from:invalid_day"),
        ("?colour=red", "400 invalid_query colour:unknown_parameter"),
        ("?limit=0", "400 invalid_query limit:range"),
        ("?bid=b1&bid=b2", "400 invalid_query bid:repeated"),
        ("?from=0001-01-01", "400 invalid_query from:too_long"),
        ("?from=2025-01-01&to=2026-01-03", "400 invalid_query from:too_long"),
    ] {
        let refusal = api.get(&format!("/v1/returns{query}")).await.refusal();
        assert_eq!(refusal, expected, "{query}");
    }
}

#[tokio::test]
async fn what_waits_says_for_how_long_and_what_takes_effect_by_itself_when() {
    let api = Api::start().await;
    let patient = json!({ "window_days": 30, "approval": true, "approved_after_hours": 48 });
    let lead = asked(&sold_at(1, &[("d1", "b1")], &by_approval(), hours_ago(20)), "DUPE", hours_ago(5));
    api.put(&[lead, sold(2, &[("d1", "b1")], &patient)]).await;
    let posted = api.by("b1").posted(&[id(2)], "/v1/returns", &form(2, "DUPE")).await;
    assert_eq!(posted.outcomes(), ["requested"]);
    for caller in ["seller", "b1"] {
        let items = api.by(caller).get("/v1/returns?state=requested").await.ok()["items"].clone();
        assert_eq!((&items[0]["waiting_hours"], &items[1]["waiting_hours"]), (&json!(0), &json!(5)), "{items:#}");
        let then: Timestamp = items[0]["approved_by_then"].as_str().unwrap().parse().unwrap();
        let asked_at: Timestamp = items[0]["requested_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(asked_at.duration_until(then), SignedDuration::from_hours(48));
        assert_eq!(items[1]["approved_by_then"], Value::Null);
    }
}

#[tokio::test]
async fn a_return_stands_once_on_a_list_where_it_is_by_now() {
    let api = Api::start().await;
    api.put(&[1, 2].map(|number| sold(number, &[("d1", "b1")], &by_approval()))).await;
    for number in [1, 2] {
        api.by("b1").posted(&[id(number)], "/v1/returns", &form(number, "DUPE")).await;
    }
    assert_eq!(numbers(&api, "?state=requested").await, [2, 1]);
    let path = format!("/v1/returns/return_{}.1.d1", id(1).ulid());
    for (word, body) in [("approve", json!({})), ("undo", json!({ "reason": "a mistake" }))] {
        api.posted(&[id(1)], &format!("{path}/{word}"), &body).await.ok();
    }
    for (query, expected) in [
        ("", &[2, 1][..]),
        ("?state=undone", &[1]),
        ("?state=approved", &[]),
        ("?state=requested", &[2]),
        ("?bid=b1", &[2, 1]),
        ("?sid=s1", &[2, 1]),
        ("?bid=b1&state=approved", &[]),
    ] {
        assert_eq!(numbers(&api, query).await, expected, "{query}");
    }
    // Asked for once more: two returns of one sale.
    api.by("b1").posted(&[id(1)], "/v1/returns", &form(1, "OTHER")).await;
    assert_eq!(numbers(&api, "").await, [1, 2, 1]);
    assert_eq!(numbers(&api, "?state=requested").await, [1, 2]);
}

#[tokio::test]
async fn a_line_that_lags_behind_its_lead_shows_nothing_that_is_no_longer_so() {
    let api = Api::start().await;
    api.put(&[sold(1, &[("d1", "b1")], &by_approval())]).await;
    api.by("b1").posted(&[id(1)], "/v1/returns", &form(1, "DUPE")).await;
    // The stream has yet to tell of it.
    let path = format!("/v1/returns/return_{}.1.d1/approve", id(1).ulid());
    api.post(&path, &json!({})).await.ok();
    for query in ["?state=requested", "?state=approved"] {
        assert_eq!(numbers(&api, query).await, [0; 0], "{query}");
    }
    // It keeps its place on lists of any state.
    for query in ["", "?bid=b1", "?bid=b1&state=approved"] {
        assert_eq!(numbers(&api, query).await, [1], "{query}");
    }
}

#[tokio::test]
async fn as_csv_each_return_is_a_row_and_no_cell_is_a_formula() {
    let api = Api::start().await;
    api.put(&[sold(1, &[("d1", "b1")], &at_once())]).await;
    let said = json!({ "lead_id": id(1), "reason": "OTHER", "comment": "=1+1, \"he\" said" });
    api.by("b1").posted(&[id(1)], "/v1/returns", &said).await;
    let file = api.get("/v1/returns?format=csv").await;
    let lines = file.lines();
    assert_eq!(
        lines[0],
        "return_id,lead_id,campid,sid,bid,did,state,reason,comment,requested_by,requested_at,at,waiting_hours,\
         approved_by_then,why,currency,revenue_back,payout_back"
    );
    let lead = id(1);
    let begins =
        format!("return_{}.1.d1,{lead},solar,s1,b1,d1,approved,OTHER,\"'=1+1, \"\"he\"\" said\",buyer,", lead.ulid());
    assert!(lines[1].starts_with(&begins) && lines[1].ends_with(",,,,GBP,12.50,5.00"), "{}", lines[1]);
    assert_eq!((lines.len(), file.header("content-disposition")), (2, "attachment; filename=\"returns.csv\""));
}
