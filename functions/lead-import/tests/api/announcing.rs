//! A place and a form for a file.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::harness::{Api, PATH};

#[tokio::test]
async fn a_file_has_a_place_of_its_own_in_its_suppliers_folder_and_is_awaited() {
    let api = Api::start().await;
    for (caller, form, name, test, dry_run, per_minute) in [
        ("s1", json!({ "campid": "solar", "name": "june.csv" }), "june.csv", false, false, 600),
        (
            "s1",
            json!({ "campid": "solar", "name": "june.csv", "sid": "s1", "test": true }),
            "june.csv",
            true,
            false,
            600,
        ),
        (
            "seller",
            json!({ "campid": "solar", "sid": "s1", "name": "../é b.xlsx", "dry_run": true, "per_minute": 6000 }),
            "___b.xlsx",
            false,
            true,
            6000,
        ),
    ] {
        let upload = api.by(caller).announced(&form).await;
        let id = upload["lead_import_id"].as_str().unwrap();
        let place = upload["fields"]["key"].as_str().unwrap();
        assert!(place.starts_with(&format!("lead-imports/s1/{id}/")) && place.split('/').count() == 4, "{place}");
        let file = api.by("s1").get(&format!("{PATH}/{id}")).await.ok();
        let expected = json!({
            "lead_import_id": id, "sid": "s1", "campid": "solar", "name": name, "state": "awaiting", "test": test,
            "dry_run": dry_run, "per_minute": per_minute, "created_at": file["created_at"], "left_out": [], "read_bytes": 0,
            "bytes": 0, "rows": 0, "ignored": 0, "outcomes": {},
        });
        assert_eq!(file, expected, "{caller} {form}");
        assert!(place.ends_with(name), "{place}");
    }
}

#[tokio::test]
async fn a_form_allows_one_file_at_its_place_of_no_more_than_may_be_read() {
    let api = Api::start().await.by("s1");
    let upload = api.announced(&json!({ "campid": "solar", "name": "june.csv" })).await;
    let policy = BASE64_STANDARD.decode(upload["fields"]["policy"].as_str().unwrap()).unwrap();
    let policy: Value = serde_json::from_slice(&policy).unwrap();
    let conditions = policy["conditions"].as_array().unwrap();
    let max_bytes = 512 * 1024 * 1024;
    assert_eq!(upload["max_bytes"], max_bytes);
    for condition in [
        json!({ "bucket": "files" }),
        json!(["content-length-range", 1, max_bytes]),
        json!({ "key": upload["fields"]["key"] }),
    ] {
        assert!(conditions.contains(&condition), "{policy:#}");
    }
}

#[tokio::test]
async fn a_mapping_is_kept_as_it_was_given() {
    let api = Api::start().await.by("s1");
    let mapping = json!({ "Handy": "phone1", "Dach": "roof_type", "Sub": "ssid" });
    let upload = api.announced(&json!({ "campid": "solar", "name": "june.csv", "mapping": mapping })).await;
    let file = api.get(&format!("{PATH}/{}", upload["lead_import_id"].as_str().unwrap())).await.ok();
    assert_eq!(file["mapping"], mapping);
}

#[tokio::test]
async fn what_is_not_asked_for_in_the_right_way_leaves_nothing() {
    let api = Api::start().await;
    let with = |more: Value| {
        let mut form = json!({ "campid": "solar", "name": "june.csv" });
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        form
    };
    for (caller, form, refusal) in [
        ("seller", with(json!({})), "422 invalid sid:required"),
        ("s1", with(json!({ "sid": "s2" })), "403 other_supplier"),
        ("b1", with(json!({ "sid": "s1" })), "403 suppliers_only"),
        ("s2", with(json!({})), "422 unknown_reference campid:unknown_campaign"),
        ("seller", with(json!({ "sid": "s2" })), "422 unknown_reference campid:unknown_campaign"),
        ("seller", with(json!({ "sid": "nobody" })), "422 unknown_reference campid:unknown_campaign"),
        ("s1", with(json!({ "campid": "nowhere" })), "422 unknown_reference campid:unknown_campaign"),
        ("s1", json!({ "campid": "solar" }), "422 invalid_body name:required"),
        ("s1", with(json!({ "name": " " })), "422 invalid name:length"),
        ("s1", with(json!({ "per_minute": 0 })), "422 invalid per_minute:out_of_range"),
        ("s1", with(json!({ "per_minute": 6001 })), "422 invalid per_minute:out_of_range"),
        ("s1", with(json!({ "test": true, "dry_run": true })), "422 invalid dry_run:both"),
        ("s1", with(json!({ "mapping": { "Handy": "phone9" } })), "422 invalid mapping.Handy:unknown_field"),
        ("s1", with(json!({ "rows": 1 })), "422 invalid_body rows:unknown_field"),
    ] {
        assert_eq!(api.by(caller).post(PATH, &form).await.refusal(), refusal, "{caller} {form}");
    }
    assert_eq!(api.by("").post(PATH, &with(json!({}))).await.status, 401);
    assert_eq!(api.get(PATH).await.ok()["items"], json!([]));
}
