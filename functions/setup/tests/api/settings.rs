//! The account's settings.

use serde_json::json;

use crate::harness::Api;

#[tokio::test]
async fn before_the_first_save_there_are_defaults_with_version_zero() {
    let answer = Api::start().await.get("/v1/settings").await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"0\""));
    let reasons =
        ["DNCC", "DUPE", "INVALID_PHONE", "INVALID_EMAIL", "WRONG_PERSON", "NOT_INTERESTED", "OUT_OF_AREA", "OTHER"];
    let defaults = json!({
        "name": "Volley", "time_zone": "UTC", "currency": "GBP", "return_reasons": reasons, "version": 0
    });
    assert_eq!(answer.json, defaults);
}

#[tokio::test]
async fn the_reasons_of_returns_are_the_accounts_own() {
    let api = Api::start().await;
    let settings =
        |reasons: &[&str]| json!({"name": "A", "time_zone": "UTC", "currency": "GBP", "return_reasons": reasons});
    let saved = api.put("/v1/settings", 0, &settings(&["NO_ANSWER", "OTHER"])).await;
    assert_eq!((saved.status, &saved.json["return_reasons"]), (200, &json!(["NO_ANSWER", "OTHER"])));
    let wrong = api.put("/v1/settings", 1, &settings(&["no answer"])).await;
    assert_eq!(wrong.refusal(), "422 invalid return_reasons.0:reason_code");
}

#[tokio::test]
async fn settings_are_replaced_version_by_version() {
    let api = Api::start().await;
    let madrid = json!({"name": "Agencia", "time_zone": "Europe/Madrid", "currency": "EUR"});
    let lisbon = json!({"name": "Agencia", "time_zone": "Europe/Lisbon", "currency": "EUR"});
    let first = api.put("/v1/settings", 0, &madrid).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"1\""));
    assert_eq!(api.put("/v1/settings", 0, &lisbon).await.refusal(), "412 stale");
    assert_eq!(api.put("/v1/settings", 0, &madrid).await.json, first.json);
    let second = api.put("/v1/settings", 1, &lisbon).await;
    assert_eq!((second.status, &second.json["version"]), (200, &json!(2)));
    assert_eq!(api.get("/v1/settings").await.json, second.json);
    assert_eq!(api.ask("PUT", "/v1/settings", &[], Some(&lisbon)).await.refusal(), "428 version_required");
}

#[tokio::test]
async fn settings_that_mean_nothing_are_refused() {
    let api = Api::start().await;
    let broken = json!({"name": "", "time_zone": "Mars/Olympus", "currency": "GBP"});
    let answer = api.put("/v1/settings", 0, &broken).await;
    assert_eq!(answer.refusal(), "422 invalid name:length time_zone:unknown_zone");
    assert_eq!(api.get("/v1/settings").await.json["version"], 0);
    let named = |chars: usize| json!({"name": "é".repeat(chars), "time_zone": "Europe/Lisbon", "currency": "EUR"});
    assert_eq!(api.put("/v1/settings", 0, &named(201)).await.refusal(), "422 invalid name:length");
    assert_eq!(api.put("/v1/settings", 0, &named(200)).await.status, 200);
}
