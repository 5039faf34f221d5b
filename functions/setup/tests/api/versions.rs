//! `If-Match`: nobody replaces what they have not read.

use serde_json::json;

use crate::harness::{Api, campaign, supplier, with};

const PATH: &str = "/v1/suppliers/s1";

async fn api() -> Api {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    api
}

#[tokio::test]
async fn a_replacement_gets_the_next_version() {
    let api = api().await;
    let answer = api.put(PATH, 1, &with(supplier("s1"), json!({"name": "New"}))).await;
    assert_eq!((answer.status, answer.header("etag"), &answer.body["name"]), (200, "\"2\"", &json!("New")));
    assert_eq!(api.get(PATH).await.body, answer.body);
}

#[tokio::test]
async fn a_replacement_without_a_version_is_refused() {
    let api = api().await;
    assert_eq!(api.ask("PUT", PATH, &[], Some(&supplier("s1"))).await.refusal(), "428 version_required");
    for wrong in ["*", "1", "W/\"1\"", "\"1\", \"2\"", "\"\"", "\"x\""] {
        let answer = api.ask("PUT", PATH, &[("If-Match", wrong)], Some(&supplier("s1"))).await;
        assert_eq!(answer.refusal(), "400 invalid_if_match", "{wrong}");
    }
}

#[tokio::test]
async fn a_stale_replacement_is_told_the_present_version_and_changes_nothing() {
    let api = api().await;
    api.put(PATH, 1, &with(supplier("s1"), json!({"name": "Second"}))).await;
    let late = api.put(PATH, 1, &with(supplier("s1"), json!({"name": "Late"}))).await;
    assert_eq!(late.refusal(), "412 stale");
    assert!(late.body["detail"].as_str().unwrap().contains("version is 2"), "{}", late.body["detail"]);
    assert_eq!(api.get(PATH).await.body["name"], "Second");
}

#[tokio::test]
async fn a_replacement_sent_twice_is_answered_twice_and_done_once() {
    let api = api().await;
    let new = with(supplier("s1"), json!({"name": "New"}));
    let (first, again) = (api.put(PATH, 1, &new).await, api.put(PATH, 1, &new).await);
    assert_eq!((again.status, &again.body), (200, &first.body));
}

#[tokio::test]
async fn of_two_replacements_at_once_one_wins() {
    let api = api().await;
    let (one, other) = (with(supplier("s1"), json!({"name": "One"})), with(supplier("s1"), json!({"name": "Other"})));
    let answers = tokio::join!(api.put(PATH, 1, &one), api.put(PATH, 1, &other));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(api.get(PATH).await.body["version"], 2);
}

#[tokio::test]
async fn a_reference_cannot_be_changed_by_a_replacement() {
    let api = api().await;
    assert_eq!(api.put(PATH, 1, &supplier("s2")).await.refusal(), "422 reference_mismatch :reference");
}

#[tokio::test]
async fn the_currency_of_a_campaign_is_locked() {
    let api = Api::start().await;
    api.made("/v1/campaigns", &campaign("solar")).await;
    let payout = json!({"mode": "buyer_accept", "amount": {"amount": "5.00", "currency": "EUR"}});
    let other = with(campaign("solar"), json!({"currency": "EUR", "payout": payout}));
    assert_eq!(api.put("/v1/campaigns/solar", 1, &other).await.refusal(), "409 currency_locked");
}
