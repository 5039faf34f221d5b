//! What typical refusals look like, whole.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::harness::{Api, buyer, campaign, delivery, supplier, with};

#[tokio::test]
async fn a_call_without_a_key() {
    assert_json_snapshot!(Api::start().await.with_key("").get("/v1/keys").await.json);
}

#[tokio::test]
async fn a_body_with_a_misspelt_field() {
    let api = Api::start().await;
    let answer = api.post("/v1/suppliers", &with(supplier("s1"), json!({"nmae": "x"}))).await;
    assert_json_snapshot!(answer.json);
}

#[tokio::test]
async fn a_campaign_that_points_to_nothing() {
    let api = Api::start().await;
    let answer = api.post("/v1/campaigns", &with(campaign("solar"), json!({"suppliers": ["s9"]}))).await;
    assert_json_snapshot!(answer.json);
}

#[tokio::test]
async fn a_replacement_that_comes_too_late() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    assert_json_snapshot!(api.put("/v1/suppliers/s1", 7, &supplier("s1")).await.json);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_one_sentence_that_says_what_is_right() {
    let api = Api::start().await;
    let mut nowhere = delivery("d1");
    nowhere["channel"]["request"]["url"] = json!("leads");
    let limit = json!({"kind": "limit", "limit": {"amount": "92233720368547758.07", "currency": "GBP"}});
    let cases = [
        ("/v1/deliveries", nowhere, "Use a whole URL, such as https://buyer.example/leads."),
        (
            "/v1/campaigns",
            with(campaign("solar"), json!({"country": "G"})),
            "A country is an ISO 3166-1 code of two letters, such as GB or US.",
        ),
        (
            "/v1/campaigns",
            with(campaign("solar"), json!({"currency": "XAU"})),
            "A currency is an ISO 4217 code that people pay in, as three capital letters such as GBP, EUR or USD.",
        ),
        (
            "/v1/buyers",
            with(buyer("b1"), json!({"credit": limit})),
            "A limit is zero to 10000000000.00 GBP; it says how far the balance may go below zero.",
        ),
    ];
    for (path, body, detail) in cases {
        let answer = api.post(path, &body).await;
        assert_eq!((answer.status, &answer.json["errors"][0]["detail"]), (422, &json!(detail)), "{path} {body}");
    }
}
