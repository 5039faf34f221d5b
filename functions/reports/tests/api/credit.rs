//! A buyer's credit: added to, put right, and read.

use lambda::test_api::pounds;
use serde_json::{Value, json};

use crate::harness::start;

const PATH: &str = "/v1/buyers/b1/credit";

fn added(amount: &str) -> Value {
    json!({ "kind": "added", "amount": pounds(amount), "reason": "invoice 2026-17" })
}

fn today() -> String {
    let london = jiff::tz::TimeZone::get("Europe/London").unwrap();
    london.to_datetime(lambda::now()).date().to_string()
}

#[tokio::test]
async fn what_is_added_is_there_to_buy_for_and_stands_in_the_journal() {
    let api = start().await;
    let nothing =
        json!({ "bid": "b1", "balance": pounds("0.00"), "reserved": pounds("0.00"), "available": pounds("0.00") });
    assert_eq!(api.get(PATH).await.ok(), nothing);
    let answer = api.post_once(PATH, "k1", &added("50.00")).await;
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, ""));
    let change = answer.json;
    assert_eq!((&change["bid"], &change["kind"], &change["amount"]), (&json!("b1"), &json!("added"), &pounds("50.00")));
    let taken = json!({ "kind": "adjusted", "amount": pounds("-7.50"), "reason": "paid twice" });
    assert_eq!(api.post_once(PATH, "k2", &taken).await.status, 201);
    let credit = api.by("b1").get(PATH).await.ok();
    assert_eq!((&credit["balance"], &credit["available"]), (&pounds("42.50"), &pounds("42.50")));

    let journal = api.get(&format!("/v1/journal?day={}", today())).await.ok();
    let entries = journal["items"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["id"], &entries[0]["by"]), (2, &change["id"], &json!("seller")));
    assert_eq!((&entries[0]["order"], change["order"].is_string()), (&change["order"], true));
    let lines = |number: usize| entries[number]["lines"].clone();
    let moved = |from: &str, to: &str, amount: &str| json!([{ "account": from, "debit": pounds(amount) }, { "account": to, "credit": pounds(amount) }]);
    assert_eq!(lines(0), moved("cash", "buyer_credit:b1", "50.00"));
    let back = json!([
        { "account": "adjustments", "credit": pounds("7.50") },
        { "account": "buyer_credit:b1", "debit": pounds("7.50") },
    ]);
    assert_eq!(lines(1), back);
    let statement = api.get(&format!("/v1/buyers/b1/statement?from={0}&to={0}", today())).await.ok();
    assert_eq!(statement["items"][0]["closing"], pounds("-42.50"), "paid in advance");
}

#[tokio::test]
async fn the_same_order_is_carried_out_once_and_answered_alike() {
    let api = start().await;
    let first = api.post_once(PATH, "k", &added("50.00")).await;
    let again = api.post_once(PATH, "k", &added("50.00")).await;
    assert_eq!((again.status, again.header("idempotency-replayed"), &again.text), (201, "true", &first.text));
    assert_eq!(api.get(PATH).await.ok()["balance"], pounds("50.00"));
    let mut adjusted = added("50.00");
    adjusted["kind"] = json!("adjusted");
    let mut reworded = added("50.00");
    reworded["reason"] = json!("another");
    for other in [added("50.01"), adjusted, reworded] {
        let answer = api.post_once(PATH, "k", &other).await;
        assert_eq!(answer.refusal(), "422 idempotency_key_reused", "{other}");
    }
    assert_eq!(api.get(PATH).await.ok()["balance"], pounds("50.00"));
    let journal = api.get(&format!("/v1/journal?day={}", today())).await.ok();
    assert_eq!(journal["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_order_twice_at_once_is_carried_out_once() {
    let api = start().await;
    let form = added("50.00");
    let (one, two) = tokio::join!(api.post_once(PATH, "k", &form), api.post_once(PATH, "k", &form));
    assert_eq!((one.status, two.status, &one.text), (201, 201, &two.text));
    assert_eq!(api.get(PATH).await.ok()["balance"], pounds("50.00"));
}

#[tokio::test]
async fn an_order_that_means_nothing_is_refused() {
    let api = start().await;
    let euros = json!({ "amount": "5.00", "currency": "EUR" });
    for (body, expected) in [
        (json!({}), "422 invalid_body kind:required"),
        (json!({ "kind": "added", "amount": pounds("0.00"), "reason": "x" }), "422 invalid amount:range"),
        (json!({ "kind": "added", "amount": pounds("-1.00"), "reason": "x" }), "422 invalid amount:range"),
        (json!({ "kind": "adjusted", "amount": pounds("0.00"), "reason": "x" }), "422 invalid amount:range"),
        (json!({ "kind": "added", "amount": euros, "reason": "x" }), "422 invalid amount:wrong_currency"),
        (json!({ "kind": "added", "amount": pounds("1.00"), "reason": " " }), "422 invalid reason:length"),
        (json!({ "kind": "added", "amount": pounds("1.00"), "reason": "a@b.c" }), "422 invalid reason:personal_data"),
        (
            json!({ "kind": "added", "amount": pounds("1.00"), "reason": "x", "by": "y" }),
            "422 invalid_body by:unknown_field",
        ),
    ] {
        assert_eq!(api.post_once(PATH, "k", &body).await.refusal(), expected, "{body}");
    }
    let without = api.ask("POST", PATH, &[], Some(&added("1.00"))).await;
    assert_eq!(without.refusal(), "400 idempotency_key_required");
    assert_eq!(api.post_once("/v1/buyers/b9/credit", "k", &added("1.00")).await.refusal(), "404 not_found");
    assert_eq!(api.post_once("/v1/buyers/b2/credit", "k", &added("1.00")).await.refusal(), "422 no_credit_rule");
    assert_eq!(api.get("/v1/buyers/b2/credit").await.refusal(), "404 not_found");
    assert_eq!(api.get("/v1/buyers/b9/credit").await.refusal(), "404 not_found");
    assert_eq!(api.get(PATH).await.ok()["balance"], pounds("0.00"));
}
