//! What typical refusals look like, whole.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::harness::{Api, campaign, supplier, with};

#[tokio::test]
async fn a_call_without_a_key() {
    assert_json_snapshot!(Api::start().await.with_key("").get("/v1/keys").await.body);
}

#[tokio::test]
async fn a_body_with_a_misspelt_field() {
    let api = Api::start().await;
    let answer = api.post("/v1/suppliers", &with(supplier("s1"), json!({"nmae": "x"}))).await;
    assert_json_snapshot!(answer.body);
}

#[tokio::test]
async fn a_campaign_that_points_to_nothing() {
    let api = Api::start().await;
    let answer = api.post("/v1/campaigns", &with(campaign("solar"), json!({"suppliers": ["s9"]}))).await;
    assert_json_snapshot!(answer.body);
}

#[tokio::test]
async fn a_replacement_that_comes_too_late() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    assert_json_snapshot!(api.put("/v1/suppliers/s1", 7, &supplier("s1")).await.body);
}
