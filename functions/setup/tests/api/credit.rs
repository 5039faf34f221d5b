//! What buyers may buy on credit.

use serde_json::json;

use crate::harness::{Api, buyer, campaign, delivery, with};

#[tokio::test]
async fn a_buyers_credit_is_kept_as_it_is_given_and_refused_with_what_to_do() {
    let api = Api::start().await;
    let low = json!({"amount": "20.00", "currency": "GBP"});
    let prepaid = with(buyer("b1"), json!({"credit": {"kind": "prepaid", "currency": "GBP", "low": low}}));
    api.made("/v1/buyers", &prepaid).await;
    assert_eq!(api.get("/v1/buyers/b1").await.json["credit"], prepaid["credit"]);
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

#[tokio::test]
async fn credit_keeps_the_currency_that_it_was_counted_in_while_its_rule_is_away() {
    let api = Api::start().await;
    let on_credit = |currency: &str| with(buyer("b1"), json!({"credit": {"kind": "prepaid", "currency": currency}}));
    api.made("/v1/buyers", &on_credit("GBP")).await;
    let five = domain::money::Money { minor: 500, currency: "GBP".parse().unwrap() };
    let bid = "b1".parse().unwrap();
    api.store().add_credit(&bid, five, "first", Vec::new()).await.unwrap();
    assert_eq!(api.put("/v1/buyers/b1", 1, &buyer("b1")).await.status, 200, "it is sent bills from now on");
    assert_eq!(api.put("/v1/buyers/b1", 2, &on_credit("EUR")).await.refusal(), "409 currency_locked");
    assert_eq!(api.put("/v1/buyers/b1", 2, &on_credit("GBP")).await.status, 200, "it goes on with what it has");
    assert_eq!(api.store().credit(&bid).await.unwrap().unwrap().balance, five);
}

#[tokio::test]
async fn a_rule_in_another_currency_than_what_was_counted_meanwhile_can_be_put_right() {
    let api = Api::start().await;
    let on_credit = |currency: &str| with(buyer("b1"), json!({"credit": {"kind": "prepaid", "currency": currency}}));
    api.made("/v1/buyers", &on_credit("EUR")).await;
    // A worker that had not heard yet of the rule.
    let five = domain::money::Money { minor: 500, currency: "GBP".parse().unwrap() };
    api.store().add_credit(&"b1".parse().unwrap(), five, "first", Vec::new()).await.unwrap();
    assert_eq!(api.put("/v1/buyers/b1", 1, &on_credit("GBP")).await.status, 200);
}
