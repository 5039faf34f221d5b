//! Keys: shown once, two at most, never the last one.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::KeyId;
use serde_json::{Value, json};

use crate::harness::{Api, ROOT, buyer, supplier};

fn id(key: &Value) -> String {
    key["key_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_shown_whole_once_and_opens() {
    let api = Api::start().await;
    let made = api.made("/v1/keys", &json!({"role": "seller", "label": "backup"})).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with(&format!("vk_{}_", id(&made))), "{key}");
    assert_eq!(api.with_key(key).get("/v1/settings").await.status, 200);
    let list = api.get("/v1/keys").await.json;
    let secret = key.rsplit('_').next().unwrap();
    assert!(!list.to_string().contains(secret) && !list.to_string().contains("sha256"), "{list}");
    let labels: Vec<_> = list["items"].as_array().unwrap().iter().map(|key| key["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["backup", "first key"]);
}

#[tokio::test]
async fn the_table_holds_no_secret() {
    let api = Api::start().await;
    let key = api.key_for(json!({"role": "seller", "label": "a"})).await;
    let rows = api.tables.client().query().table_name(api.tables.tables().setup).key_condition_expression("pk = :pk");
    let keys = AttributeValue::S("key".to_owned());
    let text = format!("{:?}", rows.expression_attribute_values(":pk", keys).send().await.unwrap().items);
    assert!(text.contains("secret_sha256"));
    assert!(!text.contains(key.rsplit('_').next().unwrap()) && !text.contains("first-secret"));
}

#[tokio::test]
async fn a_key_is_made_only_for_somebody_who_is_there() {
    let api = Api::start().await;
    let cases = [
        (json!({"role": "supplier", "sid": "s1", "label": "a"}), "422 unknown_reference sid:unknown_reference"),
        (json!({"role": "buyer", "bid": "b1", "label": "a"}), "422 unknown_reference bid:unknown_reference"),
        (json!({"role": "supplier", "label": "a"}), "422 invalid sid:required"),
        (json!({"role": "buyer", "label": "a"}), "422 invalid bid:required"),
        (json!({"role": "seller", "sid": "s1", "label": "a"}), "422 invalid sid:not_for_role"),
        (json!({"role": "supplier", "sid": "s1", "bid": "b1", "label": "a"}), "422 invalid bid:not_for_role"),
        (json!({"role": "seller", "label": " "}), "422 invalid label:length"),
        (json!({"role": "seller", "label": "a\nb"}), "422 invalid label:length"),
        (json!({"role": "supplier"}), "422 invalid label:length sid:required"),
        (json!({"role": "admin", "label": "a"}), "422 invalid_body role:invalid"),
    ];
    for (form, wanted) in cases {
        assert_eq!(api.post("/v1/keys", &form).await.refusal(), wanted, "{form}");
    }
}

#[tokio::test]
async fn a_principal_has_two_active_keys_at_most() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    let form = json!({"role": "supplier", "sid": "s1", "label": "a"});
    let first = api.made("/v1/keys", &form).await;
    api.made("/v1/keys", &form).await;
    let third = api.post("/v1/keys", &form).await;
    assert_eq!(third.refusal(), "409 too_many_keys");
    assert!(third.json["detail"].as_str().unwrap().contains("Revoke one"));
    assert_eq!(api.delete(&format!("/v1/keys/{}", id(&first))).await.status, 200);
    api.made("/v1/keys", &form).await;
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_revoking_again_changes_nothing() {
    let api = Api::start().await;
    let made = api.made("/v1/keys", &json!({"role": "seller", "label": "b"})).await;
    let caller = api.with_key(made["key"].as_str().unwrap());
    assert_eq!(caller.get("/v1/keys").await.status, 200);
    let path = format!("/v1/keys/{}", id(&made));
    let (first, again) = (api.delete(&path).await, api.delete(&path).await);
    assert_eq!((first.status, &first.json["active"]), (200, &json!(false)));
    assert_eq!((again.status, &again.json), (200, &first.json));
    assert_eq!(caller.get("/v1/keys").await.refusal(), "401 unauthorised");
    assert_eq!(api.delete("/v1/keys/none").await.refusal(), "404 not_found");
    assert_eq!(api.delete("/v1/keys/NO%20ID").await.refusal(), "404 not_found");
}

#[tokio::test]
async fn the_sellers_last_key_cannot_be_revoked_but_that_of_others_can() {
    let api = Api::start().await;
    assert_eq!(api.get("/v1/keys").await.status, 200);
    assert_eq!(api.delete("/v1/keys/root").await.refusal(), "409 last_key");
    assert_eq!(api.get("/v1/keys").await.status, 200);
    api.made("/v1/buyers", &buyer("b1")).await;
    let made = api.made("/v1/keys", &json!({"role": "buyer", "bid": "b1", "label": "a"})).await;
    assert_eq!(api.delete(&format!("/v1/keys/{}", id(&made))).await.status, 200);
}

#[tokio::test]
async fn two_sellers_keys_revoked_at_once_leave_one() {
    let api = Api::start().await;
    let made = api.made("/v1/keys", &json!({"role": "seller", "label": "b"})).await;
    let other = format!("/v1/keys/{}", id(&made));
    let (one, two) = tokio::join!(api.delete("/v1/keys/root"), api.delete(&other));
    let left = [ROOT, made["key"].as_str().unwrap()].map(|key| api.with_key(key));
    let opens = [left[0].get("/v1/keys").await.status, left[1].get("/v1/keys").await.status];
    assert_eq!(opens.iter().filter(|status| **status == 200).count(), 1, "{one:?} {two:?}");
}

#[tokio::test]
async fn a_key_is_rotated_by_making_the_next_before_revoking_the_last() {
    let api = Api::start().await;
    let rotate = format!("/v1/keys/{}/rotate", KeyId::root());
    let next = api.post(&rotate, &json!({})).await;
    assert_eq!((next.status, &next.json["label"], &next.json["role"]), (201, &json!("first key"), &json!("seller")));
    let caller = api.with_key(next.json["key"].as_str().unwrap());
    assert_eq!((api.get("/v1/keys").await.status, caller.get("/v1/keys").await.status), (200, 200));
    assert_eq!(caller.post(&rotate, &json!({})).await.refusal(), "409 too_many_keys");
    assert_eq!(caller.delete("/v1/keys/root").await.status, 200);
    assert_eq!(caller.post(&rotate, &json!({})).await.refusal(), "409 key_revoked");
    assert_eq!(caller.post("/v1/keys/none/rotate", &json!({})).await.refusal(), "404 not_found");
}
