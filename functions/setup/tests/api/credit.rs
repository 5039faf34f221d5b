//! What buyers may buy on credit.

use serde_json::json;

use crate::harness::{Api, buyer, campaign, delivery, with};

#[tokio::test]
async fn a_buyers_credit_is_kept_as_it_is_given_and_refused_with_what_to_do() {
    let api = Api::start().await;
    let low = json!({"amount": "20.00", "currency": "GBP"});
    let prepaid = with(buyer("b1"), json!({"credit": {"kind": "prepaid", "currency": "GBP", "low": low}}));
    api.made("/v1/buyers", &prepaid).await;
    assert_eq!(api.get("/v1/buyers/b1").await.body["credit"], prepaid["credit"]);
    let limit = json!({"kind": "limit", "limit": {"amount": "-1.00", "currency": "EUR"}, "low": low});
    let refused = api.post("/v1/buyers", &with(buyer("b2"), json!({"credit": limit}))).await;
    assert_eq!(refused.refusal(), "422 invalid credit.limit:range credit.low:currency");
}

#[tokio::test]
async fn a_delivery_is_priced_in_the_currency_that_its_buyer_has_credit_in() {
    let api = Api::start().await;
    api.made("/v1/campaigns", &campaign("solar")).await;
    let euros = |credit| with(buyer("b1"), json!({"credit": credit}));
    api.made("/v1/buyers", &euros(json!({"kind": "prepaid", "currency": "EUR"}))).await;
    assert_eq!(api.post("/v1/deliveries", &delivery("d1")).await.refusal(), "422 currency bid:currency");
    let pounds = euros(json!({"kind": "prepaid", "currency": "GBP"}));
    assert_eq!(api.put("/v1/buyers/b1", 1, &pounds).await.refusal(), "409 currency_locked");
}
