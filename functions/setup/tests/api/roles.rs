//! Who may come in.

use serde_json::json;

use crate::harness::{Api, ROOT};

const SELLER_ONLY: [(&str, &str); 18] = [
    ("GET", "/v1/campaigns"),
    ("POST", "/v1/campaigns"),
    ("GET", "/v1/suppliers/s1"),
    ("PUT", "/v1/suppliers/s1"),
    ("DELETE", "/v1/suppliers/s1"),
    ("POST", "/v1/suppliers"),
    ("GET", "/v1/buyers"),
    ("POST", "/v1/buyers"),
    ("DELETE", "/v1/buyers/b1"),
    ("GET", "/v1/deliveries/d1"),
    ("PUT", "/v1/deliveries/d1"),
    ("POST", "/v1/deliveries"),
    ("GET", "/v1/keys"),
    ("POST", "/v1/keys"),
    ("DELETE", "/v1/keys/root"),
    ("POST", "/v1/keys/any/rotate"),
    ("GET", "/v1/settings"),
    ("PUT", "/v1/settings"),
];

#[tokio::test]
async fn suppliers_and_buyers_may_do_nothing_here() {
    let api = Api::start().await;
    api.furnish().await;
    let supplier = api.key_for(json!({"role": "supplier", "sid": "s1", "label": "a"})).await;
    let buyer = api.key_for(json!({"role": "buyer", "bid": "b1", "label": "a"})).await;
    for key in [supplier, buyer] {
        for (method, path) in SELLER_ONLY {
            let answer = api.with_key(&key).ask(method, path, &[("If-Match", "\"1\"")], Some(&json!({}))).await;
            assert_eq!(answer.refusal(), "403 seller_only", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn without_a_key_there_is_health_and_the_api_document_and_nothing_else() {
    let api = Api::start().await.with_key("");
    for (method, path) in SELLER_ONLY {
        let answer = api.ask(method, path, &[], Some(&json!({}))).await;
        assert_eq!(answer.refusal(), "401 unauthorised", "{method} {path}");
    }
    let health = api.get("/health").await;
    assert_eq!((health.status, health.json), (200, json!({"status": "ok"})));
    let document = api.get("/v1/openapi.json").await;
    assert_eq!((document.status, document.header("content-type")), (200, "application/json"));
}

#[tokio::test]
async fn a_path_or_method_that_is_not_there_is_a_problem() {
    let api = Api::start().await.with_key(ROOT);
    assert_eq!(api.get("/v1/nothing").await.refusal(), "404 not_found");
    let answer = api.ask("PATCH", "/v1/settings", &[], None).await;
    assert_eq!((answer.refusal().as_str(), answer.header("allow")), ("405 method_not_allowed", "GET,HEAD,PUT"));
}
