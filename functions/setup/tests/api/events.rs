//! The events of `events/setup`, as API Gateway sends them.

use domain::access::{ApiKey, Principal};
use serde_json::json;

use crate::harness::Api;

async fn answer(api: &Api, event: &str) -> (u16, serde_json::Value) {
    let request = lambda_http::request::from_str(event).unwrap();
    let (parts, body) = request.into_parts();
    api.send(axum::http::Request::from_parts(parts, axum::body::Body::new(body))).await.into_parts()
}

#[tokio::test]
async fn the_event_that_asks_for_health_is_answered() {
    let event = include_str!("../../../../events/setup/health.json");
    assert_eq!(answer(&Api::start().await, event).await, (200, json!({"status": "ok"})));
}

#[tokio::test]
async fn the_event_without_a_key_is_refused() {
    let (status, body) = answer(&Api::start().await, include_str!("../../../../events/setup/unauthorised.json")).await;
    assert_eq!((status, &body["code"]), (401, &json!("unauthorised")));
}

#[tokio::test]
async fn the_event_that_makes_a_campaign_makes_it() {
    let api = Api::start().await;
    let key = ApiKey {
        id: "events".parse().unwrap(),
        principal: Principal::Seller,
        label: "events".to_owned(),
        secret_sha256: lambda::auth::secret_sha256("0123456789abcdef0123456789abcdef"),
        created: lambda::now(),
        revoked: None,
    };
    api.store().make_key(&key).await.unwrap();
    let (status, body) = answer(&api, include_str!("../../../../events/setup/create_campaign.json")).await;
    assert_eq!((status, &body["campid"], &body["version"]), (201, &json!("SOLAR-UK"), &json!(1)), "{body:#}");
    assert_eq!(api.get("/v1/campaigns/SOLAR-UK").await.json, body);
}
