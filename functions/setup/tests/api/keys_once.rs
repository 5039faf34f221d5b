//! Keys made by requests that come twice: a lost answer costs no place and leaves no secret that nobody has.

use lambda::test_api::Answer;
use serde_json::{Value, json};

use crate::harness::{Api, supplier};

/// An instance, and the form of a key of its supplier.
async fn api() -> (Api, Value) {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    (api, json!({"role": "supplier", "sid": "s1", "label": "feed"}))
}

async fn once(api: &Api, path: &str, key: &str, form: &Value) -> Answer {
    api.ask("POST", path, &[("Idempotency-Key", key)], Some(form)).await
}

fn text(answer: &Answer) -> &str {
    answer.json["key"].as_str().unwrap()
}

/// What a supplier's key opens here: nothing, but it is known.
async fn opens(api: &Api, key: &str) -> bool {
    match api.with_key(key).get("/v1/settings").await.refusal().as_str() {
        "403 seller_only" => true,
        "401 unauthorised" => false,
        other => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn a_repeat_shows_the_same_key_with_a_new_secret_and_the_earlier_one_opens_nothing() {
    let (api, form) = api().await;
    let first = once(&api, "/v1/keys", "k", &form).await;
    assert!(opens(&api, text(&first)).await);
    let again = once(&api, "/v1/keys", "k", &form).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(first.json["key_id"], again.json["key_id"]);
    assert_ne!(text(&first), text(&again));
    assert!(!opens(&api, text(&first)).await && opens(&api, text(&again)).await);
    let list = api.get("/v1/keys").await.json;
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "the first key and one of the supplier: {list}");
}

#[tokio::test]
async fn a_repeat_is_answered_when_all_places_are_taken() {
    let (api, form) = api().await;
    once(&api, "/v1/keys", "one", &form).await;
    once(&api, "/v1/keys", "two", &form).await;
    for key in ["one", "two"] {
        let again = once(&api, "/v1/keys", key, &form).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    }
    assert_eq!(once(&api, "/v1/keys", "three", &form).await.refusal(), "409 too_many_keys");
    assert_eq!(once(&api, "/v1/keys", "three", &form).await.refusal(), "409 too_many_keys");
}

#[tokio::test]
async fn a_rotation_that_comes_twice_makes_one_key() {
    let (api, form) = api().await;
    let first = api.made("/v1/keys", &form).await;
    let path = format!("/v1/keys/{}/rotate", first["key_id"].as_str().unwrap());
    let (lost, again) = (once(&api, &path, "k", &json!({})).await, once(&api, &path, "k", &json!({})).await);
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(lost.json["key_id"], again.json["key_id"]);
    assert_ne!(first["key_id"], again.json["key_id"]);
}

#[tokio::test]
async fn a_key_used_again_for_another_request_is_refused_and_changes_nothing() {
    let (api, form) = api().await;
    let made = once(&api, "/v1/keys", "k", &form).await;
    let other = json!({"role": "supplier", "sid": "s1", "label": "other"});
    assert_eq!(once(&api, "/v1/keys", "k", &other).await.refusal(), "422 idempotency_key_reused");
    let rotate = format!("/v1/keys/{}/rotate", made.json["key_id"].as_str().unwrap());
    assert_eq!(once(&api, &rotate, "k", &json!({})).await.refusal(), "422 idempotency_key_reused");
    assert!(opens(&api, text(&made)).await);
}

#[tokio::test]
async fn the_idempotency_keys_of_two_callers_are_two() {
    let (api, form) = api().await;
    let other = api.with_key(&api.key_for(json!({"role": "seller", "label": "second"})).await);
    let (one, two) = (once(&api, "/v1/keys", "k", &form).await, once(&other, "/v1/keys", "k", &form).await);
    assert_eq!((two.status, two.header("idempotency-replayed")), (201, ""));
    assert!(opens(&api, text(&one)).await && opens(&api, text(&two)).await);
}

#[tokio::test]
async fn a_key_that_was_revoked_does_not_come_back_by_a_repeat() {
    let (api, form) = api().await;
    let made = once(&api, "/v1/keys", "k", &form).await;
    api.delete(&format!("/v1/keys/{}", made.json["key_id"].as_str().unwrap())).await;
    assert_eq!(once(&api, "/v1/keys", "k", &form).await.refusal(), "409 key_revoked");
    assert!(!opens(&api, text(&made)).await);
}

#[tokio::test]
async fn the_same_request_twice_at_once_makes_one_key() {
    let (api, form) = api().await;
    let (one, two) = tokio::join!(once(&api, "/v1/keys", "k", &form), once(&api, "/v1/keys", "k", &form));
    assert_eq!((one.status, two.status), (201, 201), "{:#} {:#}", one.json, two.json);
    assert_eq!(one.json["key_id"], two.json["key_id"]);
    let open = [opens(&api, text(&one)).await, opens(&api, text(&two)).await];
    assert_eq!(open.iter().filter(|open| **open).count(), 1);
}
