//! A place and a form for a file.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::time::rfc3339;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;

use super::PATH;
use crate::harness::Api;

async fn announced(api: &Api, body: &Value) -> Value {
    let answer = api.post(PATH, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json
}

fn policy(form: &Value) -> Value {
    serde_json::from_slice(&BASE64_STANDARD.decode(form["fields"]["policy"].as_str().unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_file_has_a_place_of_its_own_in_its_buyers_folder_and_is_awaited() {
    let api = Api::start().await;
    let longest = "x".repeat(80);
    for (caller, body, bid, name, dry_run) in [
        ("b1", json!({ "name": "june.csv" }), "b1", "june.csv", false),
        ("b2", json!({ "name": "june.csv", "bid": "b2", "dry_run": false }), "b2", "june.csv", false),
        ("seller", json!({ "name": " Juni 2026.xlsx ", "bid": "b2", "dry_run": true }), "b2", "Juni_2026.xlsx", true),
        ("seller", json!({ "name": "../../b2/é.csv", "bid": "b1" }), "b1", "_.._b2__.csv", false),
        ("seller", json!({ "name": longest, "bid": "b1" }), "b1", longest.as_str(), false),
    ] {
        let form = announced(&api.by(caller), &body).await;
        let id = form["return_file_id"].as_str().unwrap();
        // Whatever else is put there is only tried, too.
        let folder = if dry_run { format!("returns/{bid}/dry-run") } else { format!("returns/{bid}") };
        assert_eq!(form["fields"]["key"], format!("{folder}/{id}/{name}"), "{body}");
        let file = api.by(bid).get(&format!("{PATH}/{id}")).await.ok();
        let expected = json!({
            "return_file_id": id, "bid": bid, "name": name, "state": "awaiting", "dry_run": dry_run,
            "received_at": file["received_at"], "read_bytes": 0, "bytes": 0, "rows": 0, "ignored": 0, "outcomes": {}, "amounts": [],
        });
        assert_eq!(file, expected, "{caller} {body}");
    }
}

#[tokio::test]
async fn a_form_allows_one_file_at_its_place_for_a_quarter_of_an_hour() {
    let api = Api::start().await.by("b1");
    let before = lambda::now();
    let form = announced(&api, &json!({ "name": "june.csv" })).await;
    let max_bytes = 512 * 1024 * 1024;
    assert_eq!(
        (form["url"].as_str(), &form["max_bytes"]),
        (Some("https://files.s3.eu-west-2.amazonaws.com/"), &json!(max_bytes))
    );
    let until: Timestamp = form["expires_at"].as_str().unwrap().parse().unwrap();
    let within = SignedDuration::from_mins(15);
    assert!((before + within..=lambda::now() + within).contains(&until), "{until}");

    let policy = policy(&form);
    assert_eq!(policy["expiration"], rfc3339(until));
    let conditions = policy["conditions"].as_array().unwrap();
    assert!(conditions.contains(&json!({ "bucket": "files" })));
    assert!(conditions.contains(&json!(["content-length-range", 1, max_bytes])));
    // S3 refuses fields that no condition names, but for these two.
    let fields = form["fields"].as_object().unwrap();
    for (name, value) in fields.iter().filter(|(name, _)| !["policy", "x-amz-signature"].contains(&name.as_str())) {
        assert!(conditions.contains(&json!({ name.clone(): value })), "{name}");
    }
    assert_eq!(conditions.len(), fields.len(), "bucket and length, for policy and signature");
}

#[tokio::test]
async fn a_form_is_signed_with_the_functions_own_credentials() {
    let api = Api::start().await.by("b1");
    let fields = announced(&api, &json!({ "name": "june.csv" })).await["fields"].clone();
    let at = fields["x-amz-date"].as_str().unwrap();
    let scope = format!("{}/eu-west-2/s3/aws4_request", at.split_once('T').unwrap().0);
    assert_eq!(fields["x-amz-credential"], format!("test/{scope}"));
    let hmac = |key: &[u8], text: &str| {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
    };
    let key = scope.split('/').fold(b"AWS4test".to_vec(), |key, part| hmac(&key, part));
    assert_eq!(fields["x-amz-signature"], hex::encode(hmac(&key, fields["policy"].as_str().unwrap())));
}

#[tokio::test]
async fn each_form_is_another_files() {
    let api = Api::start().await.by("b1");
    let body = json!({ "name": "june.csv" });
    let (first, second) = (announced(&api, &body).await, announced(&api, &body).await);
    assert_ne!(first["return_file_id"], second["return_file_id"]);
    assert_ne!(first["fields"]["key"], second["fields"]["key"]);
}

#[tokio::test]
async fn what_is_not_asked_for_in_the_right_way_leaves_nothing() {
    let api = Api::start().await;
    for (caller, body, refusal) in [
        ("b1", json!({ "name": "june.csv", "bid": "b2" }), "403 not_yours"),
        ("b1", json!({ "name": "june.csv", "bid": "nobody" }), "403 not_yours"),
        ("s1", json!({ "name": "june.csv" }), "403 not_yours"),
        ("s1", json!({ "name": "june.csv", "bid": "b1" }), "403 not_yours"),
        ("seller", json!({ "name": "june.csv" }), "422 invalid bid:required"),
        ("seller", json!({ "name": "june.csv", "bid": "nobody" }), "422 unknown_reference bid:unknown_reference"),
        ("seller", json!({ "name": "june.csv", "bid": "b 1" }), "422 invalid_body bid:invalid"),
        ("b1", json!({}), "422 invalid_body name:required"),
        ("b1", json!({ "name": "" }), "422 invalid name:length"),
        ("b1", json!({ "name": "  " }), "422 invalid name:length"),
        ("b1", json!({ "name": "x".repeat(81) }), "422 invalid name:length"),
        ("b1", json!({ "name": "june\n.csv" }), "422 invalid name:length"),
        ("b1", json!({ "name": "june.csv", "dry_run": "yes" }), "422 invalid_body dry_run:invalid"),
        ("b1", json!({ "name": "june.csv", "sid": "s1" }), "422 invalid_body sid:unknown_field"),
    ] {
        assert_eq!(api.by(caller).post(PATH, &body).await.refusal(), refusal, "{caller} {body}");
    }
    assert_eq!(api.by("").post(PATH, &json!({ "name": "june.csv" })).await.status, 401);
    assert_eq!(api.get(PATH).await.ok()["items"], json!([]));
    assert_eq!(api.file_queue.take(), []);
}
