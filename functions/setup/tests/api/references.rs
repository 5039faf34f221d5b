//! Records point only to records that are there and fit.

use serde_json::{Value, json};

use crate::harness::{Api, buyer, campaign, delivery, with};

fn roof() -> Value {
    json!({"name": "roof_type", "kind": {"type": "text"}})
}

#[tokio::test]
async fn every_reference_to_nothing_is_named() {
    let api = Api::start().await;
    let broken = with(
        campaign("solar"),
        json!({"suppliers": ["s1", "s2"], "distribution": [{"mode": "all", "deliveries": ["d1"]}]}),
    );
    assert_eq!(
        api.post("/v1/campaigns", &broken).await.refusal(),
        "422 unknown_reference suppliers.0:unknown_reference suppliers.1:unknown_reference distribution.0.deliveries.0:unknown_reference"
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
    let joined =
        with(campaign("solar"), json!({"suppliers": ["s1"], "distribution": [{"mode": "all", "deliveries": ["d1"]}]}));
    let answer = api.put("/v1/campaigns/solar", 1, &joined).await;
    assert_eq!((answer.status, &answer.json["distribution"][0]["deliveries"]), (200, &json!(["d1"])));
}

#[tokio::test]
async fn a_campaign_does_not_take_the_deliveries_of_another() {
    let api = Api::start().await;
    api.furnish().await;
    let other = with(campaign("wind"), json!({"distribution": [{"mode": "all", "deliveries": ["d1"]}]}));
    assert_eq!(
        api.post("/v1/campaigns", &other).await.refusal(),
        "422 other_campaign distribution.0.deliveries.0:other_campaign"
    );
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
async fn a_delivery_stays_with_its_buyer_as_leads_on_their_way_are_charged_to_it() {
    let api = Api::start().await;
    api.furnish().await;
    api.made("/v1/buyers", &buyer("b2")).await;
    let free = json!({"amount": "0.00", "currency": "GBP"});
    for change in [json!({"bid": "b2"}), json!({"bid": null, "price": free})] {
        let refused = api.put("/v1/deliveries/d1", 1, &with(delivery("d1"), change)).await;
        assert_eq!(refused.refusal(), "409 bid_locked");
        assert!(refused.json["detail"].as_str().unwrap().contains("Make another delivery"), "{}", refused.json);
    }
    let free = with(delivery("d2"), json!({"bid": null, "price": free}));
    api.made("/v1/deliveries", &free).await;
    assert_eq!(api.put("/v1/deliveries/d2", 1, &with(free, json!({"bid": "b2"}))).await.refusal(), "409 bid_locked");
    assert_eq!(api.get("/v1/deliveries/d1").await.json["bid"], "b1");
}

#[tokio::test]
async fn a_delivery_uses_only_names_that_leads_of_its_campaign_have() {
    let api = Api::start().await;
    api.furnish().await;
    let mut typo = delivery("d2");
    typo["channel"]["request"]["fields"] = json!({"mail": "{{ lead.emial }}", "name": "{{ lead.firstname }}"});
    typo["channel"]["request"]["headers"] = json!({"X-Roof": "{% if lead.roof_type %}yes{% endif %}"});
    let refused = api.post("/v1/deliveries", &typo).await;
    assert_eq!(
        refused.refusal(),
        "422 template_unknown_name channel.request.fields.mail:template_unknown_name channel.request.headers.X-Roof:template_unknown_name"
    );
    assert_eq!(refused.json["errors"][0]["detail"], "There is no lead.emial; did you mean lead.email?");
    let with_roof = with(campaign("solar"), json!({"fields": [roof()]}));
    assert_eq!(api.put("/v1/campaigns/solar", 1, &with_roof).await.status, 200);
    typo["channel"]["request"]["fields"] = json!({"mail": "{{ lead.email }}"});
    api.made("/v1/deliveries", &typo).await;
}

#[tokio::test]
async fn a_field_that_a_delivery_of_the_campaign_uses_cannot_go() {
    let api = Api::start().await;
    api.furnish().await;
    let before =
        with(campaign("solar"), json!({"fields": [roof()], "distribution": [{"mode": "all", "deliveries": ["d1"]}]}));
    assert_eq!(api.put("/v1/campaigns/solar", 1, &before).await.status, 200);
    let mut uses_it = delivery("d1");
    uses_it["channel"]["request"]["fields"] = json!({"roof": "{{ lead.roof_type }}"});
    assert_eq!(api.put("/v1/deliveries/d1", 1, &uses_it).await.status, 200);
    let without = with(before.clone(), json!({"fields": []}));
    let refused = api.put("/v1/campaigns/solar", 2, &without).await;
    assert_eq!(refused.refusal(), "422 template_unknown_name distribution.0.deliveries.0:template_unknown_name");
    let detail = refused.json["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("d1") && detail.contains("request.fields.roof") && detail.contains("lead.roof_type"),
        "{detail}"
    );
    assert_eq!(api.put("/v1/deliveries/d1", 2, &delivery("d1")).await.status, 200);
    assert_eq!(api.put("/v1/campaigns/solar", 2, &without).await.status, 200);
}

#[tokio::test]
async fn a_deactivated_record_can_still_be_pointed_to() {
    let api = Api::start().await;
    api.furnish().await;
    api.delete("/v1/buyers/b1").await;
    api.made("/v1/deliveries", &delivery("d2")).await;
}
