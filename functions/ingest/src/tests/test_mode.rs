//! Leads sent as a test: judged and answered, marked wherever they are, worth nothing.

use domain::lead::SoldStatus;
use serde_json::json;

use super::{Api, lead};

#[tokio::test]
async fn a_test_is_answered_and_kept_with_its_mark_and_claims_nothing() {
    let api = Api::start().await;
    let paid = json!({ "payout": { "mode": "system_accept", "amount": { "amount": "5.00", "currency": "GBP" } } });
    api.save::<domain::campaign::Campaign>(super::campaign("paid", paid)).await;
    for campid in ["solar", "paid"] {
        let test = lead(json!({ "campid": campid, "test": true }));
        for _ in 0..2 {
            let answer = api.post(&test).await;
            assert_eq!((answer.line().as_str(), &answer.json["test"]), ("201 1", &json!(true)));
            assert_eq!((&answer.json["payout"], &answer.json["currency"]), (&json!("0.00"), &json!("GBP")));
            let kept = api.lead(&answer.json).await;
            assert!(kept.test && !kept.is_for_sale() && kept.deliveries.is_empty());
            assert_eq!((kept.sold_status(), kept.earned_payout().unwrap().minor), (SoldStatus::Unsold, 0));
        }
        let real = api.post(&lead(json!({ "campid": campid, "test": false }))).await;
        assert_eq!((real.line().as_str(), real.json.get("test")), ("201 1", None));
        let test_of_a_known_person = api.post(&test).await;
        assert_eq!(test_of_a_known_person.line(), "201 1");
    }
    assert_eq!(api.counts().await, [8, 2, 0]);
}

#[tokio::test]
async fn every_refusal_of_a_test_is_marked_as_well() {
    let api = Api::start().await;
    for (changes, line) in [
        (json!({ "email": "ann@" }), "422 -5 email:not_an_email"),
        (json!({ "c1": "<b>x</b>" }), "422 -18 c1:unsafe_content"),
        (json!({ "campid": "closed" }), "422 -9"),
        (json!({ "campid": "nowhere" }), "422 -7 campid:unknown_campaign"),
    ] {
        let answer = api.post(&super::with(lead(json!({ "test": "yes" })), changes)).await;
        assert_eq!((answer.line().as_str(), &answer.json["test"]), (line, &json!(true)));
    }
    let form = "campid=solar&email=ann%40example.com&test=1";
    let answer = api.send("s1", &[("content-type", "application/x-www-form-urlencoded")], form).await;
    assert_eq!((answer.line().as_str(), &answer.json["test"]), ("201 1", &json!(true)));
}

#[tokio::test]
async fn a_test_is_replayed_like_any_lead() {
    let api = Api::start().await;
    let test = lead(json!({ "test": true }));
    let first = api.post_once("k", &test).await;
    assert_eq!(api.post_once("k", &test).await.text, first.text);
    assert_eq!(api.post_once("k", &lead(json!({}))).await.line(), "422 idempotency_key_reused");
    assert_eq!(api.counts().await, [1, 0, 1]);
}
