//! Prices and payouts that are put right.

use domain::lead::{Lead, ReturnRequest};
use lambda::test_api::{Answer, Api, identity, pounds};
use serde_json::{Value, json};

use crate::{
    books::{fill, id},
    harness::start,
};

const PATH: &str = "/v1/financial-edits";

async fn api() -> Api {
    let api = start().await;
    fill(&api.store()).await;
    api
}

fn order(edits: Value) -> Value {
    json!({ "reason": "agreed by phone", "edits": edits })
}

async fn lead(api: &Api, number: u128) -> Lead {
    api.store().lead(id(number)).await.unwrap().unwrap()
}

/// What became of each edit, with its code.
fn outcomes(answer: &Answer) -> Vec<String> {
    let told = |item: &Value| {
        let (outcome, code) = (item["outcome"].as_str().unwrap(), item["code"].as_str().unwrap_or_default());
        format!("{outcome} {code}").trim_end().to_owned()
    };
    answer.ok()["items"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn prices_and_payouts_become_what_they_are_to_be_lead_by_lead() {
    let api = api().await;
    let edits = json!([
        { "lead_id": id(2), "revenue": pounds("8.00"), "payout": pounds("4.00") },
        { "lead_id": id(4), "bid": "b2", "revenue": pounds("15.50") },
        { "lead_id": id(4), "did": "d4", "revenue": pounds("16.00") },
        { "lead_id": id(4), "bid": "b2", "did": "d3", "revenue": pounds("17.00") },
        { "lead_id": id(4), "payout": pounds("5.00") },
        { "lead_id": id(4), "revenue": pounds("1.00") },
        { "lead_id": id(5), "payout": pounds("1.00") },
        { "lead_id": id(1), "revenue": pounds("1.00") },
        { "lead_id": id(2), "revenue": { "amount": "1.00", "currency": "EUR" } },
        { "lead_id": id(99), "payout": pounds("1.00") },
    ]);
    let expected = [
        "changed",
        "changed",
        "changed",
        "refused not_sold",
        "unchanged",
        "refused name_the_buyer",
        "refused not_earned",
        "refused not_sold",
        "refused wrong_currency",
        "not_found",
    ];
    assert_eq!(outcomes(&api.post_once(PATH, "k", &order(edits)).await), expected);
    let two = lead(&api, 2).await;
    assert_eq!((two.revenue().unwrap().minor, two.earned_payout().unwrap().minor), (800, 400));
    let by = |lead: &Lead| lead.edits.iter().map(|edit| format!("{} {}", edit.by, edit.reason)).collect::<Vec<_>>();
    assert_eq!(by(&two), ["seller agreed by phone", "seller agreed by phone"]);
    let four = lead(&api, 4).await;
    assert_eq!((four.revenue().unwrap().minor, four.edits.len()), (3_600, 2));
}

#[tokio::test]
async fn what_a_buyer_on_credit_pays_less_is_there_to_buy_for() {
    let api = api().await;
    let balance = async || api.get("/v1/buyers/b1/credit").await.ok()["balance"].clone();
    let edit = |amount| order(json!([{ "lead_id": id(4), "bid": "b1", "revenue": pounds(amount) }]));
    for key in ["k1", "k1"] {
        assert_eq!(outcomes(&api.post_once(PATH, key, &edit("18.00")).await), ["changed"]);
        assert_eq!(balance().await, pounds("2.00"));
    }
    assert_eq!(outcomes(&api.post_once(PATH, "k2", &edit("25.00")).await), ["changed"]);
    assert_eq!(balance().await, pounds("-5.00"), "an edit is the seller's word");
}

#[tokio::test]
async fn what_is_refused_of_one_lead_changes_nothing_of_it() {
    let api = api().await;
    let edits = json!([{ "lead_id": id(1), "payout": pounds("1.00"), "revenue": pounds("1.00") }]);
    let before = lead(&api, 1).await;
    assert_eq!(outcomes(&api.post_once(PATH, "k", &order(edits)).await), ["refused not_sold"]);
    assert_eq!(lead(&api, 1).await, before);
}

#[tokio::test]
async fn the_same_order_changes_nothing_twice_and_is_answered_alike() {
    let api = api().await;
    let form = order(
        json!([{ "lead_id": id(2), "revenue": pounds("8.00") }, { "lead_id": id(99), "payout": pounds("1.00") }]),
    );
    let first = api.post_once(PATH, "k", &form).await;
    let once = lead(&api, 2).await;
    let other = order(json!([{ "lead_id": id(2), "revenue": pounds("7.00") }]));
    assert_eq!(outcomes(&api.post_once(PATH, "k2", &other).await), ["changed"]);
    let again = api.post_once(PATH, "k", &form).await;
    assert_eq!((&again.text, again.header("idempotency-replayed")), (&first.text, "true"));
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!((once.edits.len(), lead(&api, 2).await.revenue().unwrap().minor), (1, 700));
    let reused = api.post_once(PATH, "k", &other).await;
    assert_eq!(reused.refusal(), "422 idempotency_key_reused");
    assert_eq!(lead(&api, 2).await.edits.len(), 2);
}

#[tokio::test]
async fn a_key_that_comes_with_another_body_changes_nothing_whichever_leads_that_names() {
    let api = api().await;
    let form = |number: u128| order(json!([{ "lead_id": id(number), "payout": pounds("1.00") }]));
    assert_eq!(outcomes(&api.post_once(PATH, "k", &form(2)).await), ["changed"]);
    let before = lead(&api, 4).await;
    assert_eq!(api.post_once(PATH, "k", &form(4)).await.refusal(), "422 idempotency_key_reused");
    assert_eq!(lead(&api, 4).await, before);
    // Also where the first order changed nothing.
    assert_eq!(outcomes(&api.post_once(PATH, "k2", &form(99)).await), ["not_found"]);
    assert_eq!(api.post_once(PATH, "k2", &form(4)).await.refusal(), "422 idempotency_key_reused");
    assert_eq!(lead(&api, 4).await, before);
}

#[tokio::test]
async fn what_was_refused_or_needed_no_change_stays_so_however_late_the_order_comes_again() {
    let api = api().await;
    let edits = json!([
        { "lead_id": id(4), "payout": pounds("5.00") },
        { "lead_id": id(2), "revenue": pounds("8.00") },
        { "lead_id": id(4), "revenue": pounds("1.00") },
        { "lead_id": id(99), "payout": pounds("1.00") },
    ]);
    let first = api.post_once(PATH, "k", &order(edits.clone())).await;
    assert_eq!(outcomes(&first), ["unchanged", "changed", "refused name_the_buyer", "not_found"]);
    let since = order(json!([{ "lead_id": id(4), "payout": pounds("3.00") }]));
    assert_eq!(outcomes(&api.post_once(PATH, "k2", &since).await), ["changed"]);
    // Only one sale of it stands from now on, so the buyer would need no name any more.
    let (store, did) = (api.store(), "d3".parse().unwrap());
    let four = lead(&api, 4).await;
    let asked = four.on_return_requested(&did, ReturnRequest::because("OTHER"), lambda::now()).unwrap();
    let (returned, identity) = (asked.on_return_approved(&did, false, lambda::now()), identity());
    store.commit(&four, &returned.unwrap(), &identity).await.unwrap();

    let before = [lead(&api, 2).await, lead(&api, 4).await];
    let again = api.post_once(PATH, "k", &order(edits)).await;
    assert_eq!((&again.text, again.header("idempotency-replayed")), (&first.text, "true"));
    assert_eq!([lead(&api, 2).await, lead(&api, 4).await], before);
}

#[tokio::test]
async fn of_two_orders_at_once_with_one_key_the_one_that_comes_second_changes_nothing() {
    let api = api().await;
    let form = |amount| order(json!([{ "lead_id": id(2), "payout": pounds(amount) }]));
    let (one, two) = (form("1.00"), form("2.00"));
    let (one, two) = tokio::join!(api.post_once(PATH, "k", &one), api.post_once(PATH, "k", &two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{} {}", one.text, two.text);
    let (edits, kept) = (lead(&api, 2).await.edits, if one.status == 200 { "1.00" } else { "2.00" });
    assert_eq!(edits.len(), 1);
    assert_eq!(json!(lead(&api, 2).await.earned_payout().unwrap())["amount"], kept);
}

#[tokio::test]
async fn the_same_order_twice_at_once_is_carried_out_once_and_answered_alike() {
    let api = api().await;
    let form = order(json!([
        { "lead_id": id(2), "revenue": pounds("8.00"), "payout": pounds("4.00") },
        { "lead_id": id(2), "payout": pounds("3.00") },
        { "lead_id": id(5), "payout": pounds("1.00") },
    ]));
    let (one, two) = tokio::join!(api.post_once(PATH, "k", &form), api.post_once(PATH, "k", &form));
    assert_eq!((outcomes(&one), &one.text), (outcomes(&two), &two.text));
    let names: Vec<String> = lead(&api, 2).await.edits.into_iter().map(|edit| edit.order).collect();
    let order = one.json["order"].as_str().unwrap().to_owned();
    assert_eq!(names, [0, 0, 1].map(|number| format!("{order}.{number}")));
}

#[tokio::test]
async fn the_entries_of_an_order_name_it() {
    let api = api().await;
    let form = order(json!([{ "lead_id": id(2), "revenue": pounds("8.00"), "payout": pounds("4.00") }]));
    let answer = api.post_once(PATH, "k", &form).await.ok();
    let two = lead(&api, 2).await;
    let news = domain::journal::events(&two).unwrap().into_iter().map(|event| (two.id, event)).collect();
    api.store().book(news, ulid::Ulid(9_000), lambda::now()).await.unwrap();
    let at = two.edits[0].at.to_zoned(jiff::tz::TimeZone::get("Europe/London").unwrap()).date();
    let journal = api.get(&format!("/v1/journal?day={at}")).await.ok();
    let items = journal["items"].as_array().unwrap();
    let orders: Vec<&Value> = items.iter().map(|entry| &entry["order"]).collect();
    assert_eq!(orders, [&answer["order"], &answer["order"]]);
    let file = api.get(&format!("/v1/journal?day={at}&format=csv")).await;
    let named = format!(",seller,agreed by phone,{}", answer["order"].as_str().unwrap());
    assert!(file.lines()[1..].iter().all(|line| line.ends_with(&named)), "{}", file.text);
}

#[tokio::test]
async fn an_edit_that_meets_another_write_is_carried_out_on_what_is_there() {
    let api = api().await;
    let form = |amount| order(json!([{ "lead_id": id(2), "payout": pounds(amount) }]));
    let (one, two) = (form("1.00"), form("2.00"));
    let (one, two) = tokio::join!(api.post_once(PATH, "k1", &one), api.post_once(PATH, "k2", &two));
    assert_eq!((outcomes(&one), outcomes(&two)), (vec!["changed".to_owned()], vec!["changed".to_owned()]));
    let after = lead(&api, 2).await;
    assert_eq!(after.edits.len(), 2);
    let sum: i64 = after.edits.iter().map(|edit| edit.delta.minor).sum();
    assert_eq!(500 + sum, after.earned_payout().unwrap().minor);
}

#[tokio::test]
async fn an_order_that_means_nothing_is_refused_as_a_whole() {
    let api = api().await;
    let one = json!({ "lead_id": id(2), "payout": pounds("1.00") });
    let many: Vec<&Value> = std::iter::repeat_n(&one, 101).collect();
    for (body, expected) in [
        (json!({ "reason": "x", "edits": [] }), "422 invalid edits:count"),
        (json!({ "reason": "x", "edits": many }), "422 invalid edits:count"),
        (json!({ "reason": "call 07700900123", "edits": [one] }), "422 invalid reason:personal_data"),
        (json!({ "reason": "x", "edits": [{ "lead_id": id(2) }] }), "422 invalid edits.0:nothing_to_change"),
        (
            json!({ "reason": "x", "edits": [one, { "lead_id": id(2), "bid": "b2", "payout": pounds("1.00") }] }),
            "422 invalid edits.1.bid:not_for_payout",
        ),
        (
            json!({ "reason": "x", "edits": [{ "lead_id": id(2), "did": "d2", "payout": pounds("1.00") }] }),
            "422 invalid edits.0.did:not_for_payout",
        ),
        (json!({ "reason": "x", "edits": [{ "lead_id": "2" }] }), "422 invalid_body edits.0.lead_id:invalid"),
        (json!({ "edits": [one] }), "422 invalid_body reason:required"),
    ] {
        assert_eq!(api.post_once(PATH, "k", &body).await.refusal(), expected, "{body}");
    }
    let without = api.ask("POST", PATH, &[], Some(&order(json!([one])))).await;
    assert_eq!(without.refusal(), "400 idempotency_key_required");
    assert!(lead(&api, 2).await.edits.is_empty());
}
