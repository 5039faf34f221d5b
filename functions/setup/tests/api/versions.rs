//! `If-Match`: nobody replaces what they have not read.

use serde_json::json;

use crate::harness::{Api, ROOT, campaign, supplier, with};

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
    assert_eq!((answer.status, answer.header("etag"), &answer.json["name"]), (200, "\"2\"", &json!("New")));
    assert_eq!(api.get(PATH).await.json, answer.json);
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
    assert!(late.json["detail"].as_str().unwrap().contains("version is 2"), "{}", late.json["detail"]);
    assert_eq!(api.get(PATH).await.json["name"], "Second");
}

#[tokio::test]
async fn a_replacement_sent_twice_is_answered_twice_and_done_once() {
    let api = api().await;
    let new = with(supplier("s1"), json!({"name": "New"}));
    let (first, again) = (api.put(PATH, 1, &new).await, api.put(PATH, 1, &new).await);
    assert_eq!((again.status, &again.json), (200, &first.json));
}

#[tokio::test]
async fn what_was_read_can_be_put_back_with_a_change() {
    let api = Api::start().await;
    api.furnish().await;
    for path in [PATH, "/v1/buyers/b1", "/v1/campaigns/solar", "/v1/deliveries/d1"] {
        let read = api.get(path).await.json;
        let answer = api.put(path, 1, &with(read.clone(), json!({"name": "New"}))).await;
        assert_eq!(answer.json, with(read, json!({"name": "New", "version": 2})), "{path}");
    }
    let settings = api.get("/v1/settings").await.json;
    assert_eq!(api.put("/v1/settings", 0, &settings).await.json, with(settings, json!({"version": 1})));
}

#[tokio::test]
async fn a_body_made_from_another_version_than_the_one_replaced_is_refused() {
    let api = api().await;
    let body = |changes| with(supplier("s1"), changes);
    api.put(PATH, 1, &body(json!({"name": "Second"}))).await;
    assert_eq!(api.put(PATH, 2, &body(json!({"version": 1}))).await.refusal(), "412 stale");
    assert_eq!(api.put(PATH, 2, &body(json!({"version": "2"}))).await.refusal(), "422 invalid_body version:invalid");
    let unknown = body(json!({"version": 2, "colour": "red"}));
    assert_eq!(api.put(PATH, 2, &unknown).await.refusal(), "422 invalid_body colour:unknown_field");
    let text = r#"{"sid": "s1", "name": "New", "version": 2, "version": 2}"#;
    let request = axum::http::Request::put(PATH).header("If-Match", "\"2\"").header("Content-Type", "application/json");
    let request = request.header("Authorization", format!("Bearer {ROOT}")).body(text.into()).unwrap();
    assert_eq!(api.send(request).await.refusal(), "422 invalid_body version:repeated");
    assert_eq!(api.get(PATH).await.json["name"], "Second");
}

#[tokio::test]
async fn of_two_replacements_at_once_one_wins() {
    let api = api().await;
    let (one, other) = (with(supplier("s1"), json!({"name": "One"})), with(supplier("s1"), json!({"name": "Other"})));
    let answers = tokio::join!(api.put(PATH, 1, &one), api.put(PATH, 1, &other));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(api.get(PATH).await.json["version"], 2);
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

#[tokio::test]
async fn how_the_leads_of_days_that_have_begun_are_spread_is_locked() {
    let api = Api::start().await;
    let past = json!({ "from": "2026-01-01", "count": 2 });
    let spread = |steps: &[&serde_json::Value]| with(campaign("solar"), json!({ "shards": steps }));
    api.made("/v1/campaigns", &spread(&[&past])).await;
    let today = json!({ "from": lambda::now().strftime("%Y-%m-%d").to_string(), "count": 4 });
    let to_come = json!({ "from": "2999-01-01", "count": 4 });
    for steps in [vec![], vec![&to_come], vec![&past, &today]] {
        assert_eq!(api.put("/v1/campaigns/solar", 1, &spread(&steps)).await.refusal(), "409 shards_locked");
    }
    assert_eq!(api.put("/v1/campaigns/solar", 1, &spread(&[&past, &to_come])).await.status, 200);
    assert_eq!(api.put("/v1/campaigns/solar", 2, &spread(&[&past])).await.status, 200, "what is to come may change");
}
