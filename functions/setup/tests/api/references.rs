//! Records point only to records that are there and fit.

use serde_json::json;

use crate::harness::{Api, campaign, delivery, with};

#[tokio::test]
async fn every_reference_to_nothing_is_named() {
    let api = Api::start().await;
    let broken = with(campaign("solar"), json!({"suppliers": ["s1", "s2"], "deliveries": ["d1"]}));
    assert_eq!(
        api.post("/v1/campaigns", &broken).await.refusal(),
        "422 unknown_reference suppliers.0:unknown_reference suppliers.1:unknown_reference deliveries.0:unknown_reference"
    );
    assert_eq!(
        api.post("/v1/deliveries", &delivery("d1")).await.refusal(),
        "422 unknown_reference campid:unknown_reference bid:unknown_reference"
    );
}

#[tokio::test]
async fn a_campaign_takes_its_own_deliveries() {
    let api = Api::start().await;
    api.furnish().await;
    let joined = with(campaign("solar"), json!({"suppliers": ["s1"], "deliveries": ["d1"]}));
    let answer = api.put("/v1/campaigns/solar", 1, &joined).await;
    assert_eq!((answer.status, &answer.body["deliveries"]), (200, &json!(["d1"])));
}

#[tokio::test]
async fn a_campaign_does_not_take_the_deliveries_of_another() {
    let api = Api::start().await;
    api.furnish().await;
    let other = with(campaign("wind"), json!({"deliveries": ["d1"]}));
    assert_eq!(api.post("/v1/campaigns", &other).await.refusal(), "422 other_campaign deliveries.0:other_campaign");
}

#[tokio::test]
async fn a_delivery_is_priced_in_the_currency_of_its_campaign() {
    let api = Api::start().await;
    api.furnish().await;
    let price = json!({"amount": "12.50", "currency": "EUR"});
    let other = with(delivery("d2"), json!({"price": price}));
    assert_eq!(api.post("/v1/deliveries", &other).await.refusal(), "422 currency price.currency:currency");
}

#[tokio::test]
async fn a_delivery_stays_with_its_campaign() {
    let api = Api::start().await;
    api.furnish().await;
    api.made("/v1/campaigns", &campaign("wind")).await;
    let moved = with(delivery("d1"), json!({"campid": "wind"}));
    assert_eq!(api.put("/v1/deliveries/d1", 1, &moved).await.refusal(), "409 campid_locked");
}

#[tokio::test]
async fn a_deactivated_record_can_still_be_pointed_to() {
    let api = Api::start().await;
    api.furnish().await;
    api.delete("/v1/buyers/b1").await;
    api.made("/v1/deliveries", &delivery("d2")).await;
}
