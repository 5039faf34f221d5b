//! Making, reading and deactivating records.

use serde_json::json;

use crate::harness::{Api, campaign, supplier, with};

#[tokio::test]
async fn a_new_record_is_answered_with_its_version_and_place() {
    let api = Api::start().await;
    let answer = api.post("/v1/campaigns", &campaign("solar")).await;
    assert_eq!(
        (answer.status, answer.header("etag"), answer.header("location")),
        (201, "\"1\"", "/v1/campaigns/solar")
    );
    assert_eq!((&answer.json["version"], &answer.json["active"]), (&json!(1), &json!(true)));
    let read = api.get("/v1/campaigns/solar").await;
    assert_eq!((read.status, read.header("etag"), &read.json), (200, "\"1\"", &answer.json));
}

#[tokio::test]
async fn a_record_made_twice_is_made_once() {
    let api = Api::start().await;
    let first = api.post("/v1/suppliers", &supplier("s1")).await;
    let again = api.post("/v1/suppliers", &supplier("s1")).await;
    assert_eq!((again.status, &again.json), (201, &first.json));
}

#[tokio::test]
async fn a_name_is_one_line() {
    let api = Api::start().await;
    for name in ["", "a\nb", "a\u{0}", "a\u{202e}b"] {
        let named = with(supplier("s1"), json!({"name": name}));
        assert_eq!(api.post("/v1/suppliers", &named).await.refusal(), "422 invalid name:length", "{name:?}");
    }
}

#[tokio::test]
async fn a_reference_that_is_taken_is_refused_and_nothing_changes() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    let other = with(supplier("s1"), json!({"name": "Somebody else"}));
    assert_eq!(api.post("/v1/suppliers", &other).await.refusal(), "409 exists");
    assert_eq!(api.get("/v1/suppliers/s1").await.json["name"], "Acme Media");
}

#[tokio::test]
async fn a_record_that_has_been_replaced_is_not_made_again() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    api.put("/v1/suppliers/s1", 1, &with(supplier("s1"), json!({"name": "New"}))).await;
    api.put("/v1/suppliers/s1", 2, &supplier("s1")).await;
    assert_eq!(api.post("/v1/suppliers", &supplier("s1")).await.refusal(), "409 exists");
}

#[tokio::test]
async fn deleting_deactivates_and_deleting_again_changes_nothing() {
    let api = Api::start().await;
    api.furnish().await;
    for path in ["/v1/campaigns/solar", "/v1/suppliers/s1", "/v1/buyers/b1", "/v1/deliveries/d1"] {
        let (first, again) = (api.delete(path).await, api.delete(path).await);
        assert_eq!((first.status, &first.json["active"], &first.json["version"]), (200, &json!(false), &json!(2)));
        assert_eq!((again.status, &again.json), (200, &first.json), "{path}");
        assert_eq!(api.get(path).await.json, first.json);
    }
}

#[tokio::test]
async fn a_deactivated_record_can_be_activated_again() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    api.delete("/v1/suppliers/s1").await;
    let back = api.put("/v1/suppliers/s1", 2, &supplier("s1")).await;
    assert_eq!((back.status, &back.json["active"]), (200, &json!(true)));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_read_replaced_or_deleted() {
    let api = Api::start().await;
    assert_eq!(api.get("/v1/buyers/none").await.refusal(), "404 not_found");
    assert_eq!(api.put("/v1/suppliers/none", 1, &supplier("none")).await.refusal(), "404 not_found");
    assert_eq!(api.delete("/v1/campaigns/none").await.refusal(), "404 not_found");
    assert_eq!(api.get(&format!("/v1/buyers/{}", "x".repeat(2_000))).await.refusal(), "404 not_found");
}

#[tokio::test]
async fn all_findings_of_a_record_come_at_once() {
    let api = Api::start().await;
    let payout = json!({"mode": "system_accept", "amount": {"amount": "-1.00", "currency": "EUR"}});
    let broken = with(campaign("solar"), json!({"name": " ", "max_sales": 0, "payout": payout}));
    assert_eq!(
        api.post("/v1/campaigns", &broken).await.refusal(),
        "422 invalid name:length payout.amount.currency:currency payout.amount:range max_sales:range"
    );
    assert_eq!(api.get("/v1/campaigns/solar").await.status, 404);
}
