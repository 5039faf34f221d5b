//! The life of the first key.

use domain::address::Reach;
use domain::id::KeyId;
use serde_json::json;

use crate::harness::{Api, ROOT};

#[tokio::test]
async fn the_first_key_opens_a_new_installation_and_becomes_a_normal_key() {
    let api = Api::start().await;
    assert!(api.store().key(&KeyId::root()).await.unwrap().is_none());
    let list = api.get("/v1/keys").await;
    assert_eq!(list.status, 200);
    assert_eq!(list.json["items"][0]["key_id"], "root");
    assert_eq!(
        (&list.json["items"][0]["role"], &list.json["items"][0]["label"]),
        (&json!("seller"), &json!("first key"))
    );
}

#[tokio::test]
async fn a_wrong_secret_does_not_write_the_first_key() {
    let api = Api::start().await;
    for key in ["vk_root_other", "vk_root_first-secret2", "vk_toor_first-secret", "vk_root_"] {
        assert_eq!(api.with_key(key).get("/v1/keys").await.refusal(), "401 unauthorised", "{key}");
    }
    assert!(api.store().key(&KeyId::root()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_first_key_used_by_many_at_once_is_written_once() {
    let api = Api::start().await;
    let other = Api::over(api.tables.clone(), Reach::PublicOnly);
    let answers =
        tokio::join!(api.get("/v1/keys"), other.get("/v1/keys"), api.get("/v1/settings"), other.get("/v1/settings"));
    assert_eq!([answers.0.status, answers.1.status, answers.2.status, answers.3.status], [200; 4]);
    api.made("/v1/keys", &json!({"role": "seller", "label": "second"})).await;
    assert_eq!(api.get("/v1/keys").await.json["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_revoked_first_key_never_comes_back() {
    let api = Api::start().await;
    let key = api.key_for(json!({"role": "seller", "label": "mine"})).await;
    assert_eq!(api.with_key(&key).delete("/v1/keys/root").await.status, 200);
    let restarted = Api::over(api.tables.clone(), Reach::PublicOnly);
    for instance in [&api, &restarted] {
        assert_eq!(instance.with_key(ROOT).get("/v1/keys").await.refusal(), "401 unauthorised");
    }
    assert_eq!(restarted.with_key(&key).get("/v1/keys").await.status, 200);
}
