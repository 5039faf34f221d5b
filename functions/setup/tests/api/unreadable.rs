//! Records that cannot be read: named, and replaced as a whole.

use domain::setup::Kind;
use serde_json::json;

use crate::harness::{Api, campaign, delivery, supplier, with};

impl Api {
    /// Makes a record one that nobody can read.
    async fn spoil(&self, kind: Kind, reference: &str) {
        self.tables.spoil(&self.tables.tables().setup, (kind.word(), reference), "r").await;
    }
}

#[tokio::test]
async fn a_list_leaves_them_out_and_names_them() {
    let api = Api::start().await;
    for sid in ["s1", "s2", "s3"] {
        api.made("/v1/suppliers", &supplier(sid)).await;
    }
    api.spoil(Kind::Supplier, "s2").await;
    let page = api.get("/v1/suppliers").await;
    let seen: Vec<_> =
        page.json["items"].as_array().unwrap().iter().map(|item| item["sid"].as_str().unwrap()).collect();
    assert_eq!((page.status, seen, &page.json["unreadable"]), (200, vec!["s1", "s3"], &json!(["s2"])));
}

#[tokio::test]
async fn they_are_replaced_as_a_whole_by_who_names_their_version() {
    let api = Api::start().await;
    api.furnish().await;
    api.spoil(Kind::Campaign, "solar").await;
    let path = "/v1/campaigns/solar";
    let read = api.get(path).await;
    assert_eq!(read.refusal(), "409 unreadable");
    assert!(read.json["detail"].as_str().unwrap().contains("If-Match: \"1\""), "{}", read.json["detail"]);
    assert_eq!(api.delete(path).await.refusal(), "409 unreadable");
    assert_eq!(api.post("/v1/campaigns", &campaign("solar")).await.refusal(), "409 unreadable");
    assert_eq!(api.put(path, 2, &campaign("solar")).await.refusal(), "412 stale");
    assert_eq!(api.put(path, 1, &with(campaign("solar"), json!({"country": "?"}))).await.status, 422);

    let mended = api.put(path, 1, &campaign("solar")).await;
    assert_eq!((mended.status, mended.header("etag")), (200, "\"2\""));
    assert_eq!(api.get(path).await.json, mended.json);
    assert_eq!(api.delete(path).await.status, 200);
}

#[tokio::test]
async fn what_points_to_them_is_told_which_to_replace_first() {
    let api = Api::start().await;
    api.furnish().await;
    api.spoil(Kind::Campaign, "solar").await;
    let refused = api.put("/v1/deliveries/d1", 1, &delivery("d1")).await.refusal();
    assert_eq!(refused, "422 unreadable_reference campid:unreadable_reference");
}

#[tokio::test]
async fn keys_are_listed_without_those_that_cannot_be_read() {
    let api = Api::start().await;
    api.key_for(json!({"role": "seller", "label": "second"})).await;
    api.tables.spoil(&api.tables.tables().setup, ("key", "broken"), "r").await;
    let page = api.get("/v1/keys").await;
    assert_eq!((page.status, &page.json["unreadable"]), (200, &json!(["broken"])));
    assert!(!page.json["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn so_are_the_accounts_settings() {
    let api = Api::start().await;
    let settings = json!({ "name": "Agency", "time_zone": "Europe/London", "currency": "GBP" });
    assert_eq!(api.put("/v1/settings", 0, &settings).await.status, 200);
    let store::keys::Key { pk, sk } = store::keys::settings();
    api.tables.spoil(&api.tables.tables().setup, (&pk, &sk), "r").await;
    for answer in [api.get("/v1/settings").await, api.put("/v1/settings", 3, &settings).await] {
        assert_eq!(answer.refusal(), "409 unreadable");
        assert!(answer.json["detail"].as_str().unwrap().contains("If-Match: \"1\""), "{}", answer.json["detail"]);
    }
    let mended = api.put("/v1/settings", 1, &settings).await;
    assert_eq!((mended.status, mended.header("etag")), (200, "\"2\""));

    // Nobody can tell their version any more; 0 stands for it.
    api.tables.spoil(&api.tables.tables().setup, (&pk, &sk), "v").await;
    let read = api.get("/v1/settings").await;
    assert!(read.json["detail"].as_str().unwrap().contains("If-Match: \"0\""), "{}", read.json["detail"]);
    assert_eq!(api.put("/v1/settings", 2, &settings).await.refusal(), "409 unreadable");
    let mended = api.put("/v1/settings", 0, &settings).await;
    assert_eq!((mended.status, mended.header("etag")), (200, "\"1\""));
    assert_eq!(api.put("/v1/settings", 0, &with(settings, json!({"name": "Other"}))).await.refusal(), "412 stale");
}

#[tokio::test]
async fn a_key_for_somebody_who_cannot_be_read_is_not_made_and_says_what_to_replace() {
    let api = Api::start().await;
    api.furnish().await;
    api.spoil(Kind::Supplier, "s1").await;
    let refused = api.post("/v1/keys", &json!({"role": "supplier", "sid": "s1", "label": "feed"})).await;
    assert_eq!(refused.refusal(), "409 unreadable");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_revoked_and_leaves_its_place() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    let form = json!({"role": "supplier", "sid": "s1", "label": "feed"});
    let (broken, _) = (api.made("/v1/keys", &form).await, api.made("/v1/keys", &form).await);
    let id = broken["key_id"].as_str().unwrap();
    api.tables.spoil(&api.tables.tables().setup, ("key", id), "r").await;
    assert_eq!(api.post("/v1/keys", &form).await.refusal(), "409 too_many_keys");
    assert_eq!(api.post(&format!("/v1/keys/{id}/rotate"), &json!({})).await.refusal(), "409 unreadable");

    let path = format!("/v1/keys/{id}");
    let (revoked, again) = (api.delete(&path).await, api.delete(&path).await);
    assert_eq!((revoked.status, &revoked.json["active"], &revoked.json["sid"]), (200, &json!(false), &json!("s1")));
    assert_eq!((again.status, again.json), (200, revoked.json));
    api.made("/v1/keys", &form).await;
    assert_eq!(api.get("/v1/keys").await.json.get("unreadable"), None);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_and_is_nobodys_is_told_to_open_nothing() {
    let api = Api::start().await;
    api.tables.spoil(&api.tables.tables().setup, ("key", "broken"), "r").await;
    assert_eq!(api.delete("/v1/keys/broken").await.refusal(), "409 unreadable");
}
