//! A campaign that sells while the supplier waits can ask somebody in that time.

use serde_json::{Value, json};

use crate::harness::{Api, campaign, delivery, with};

fn live(within_ms: u32, deliveries: &[&str]) -> Value {
    let distribution = json!([{"mode": "all", "deliveries": deliveries}]);
    with(campaign("solar"), json!({"live": {"within_ms": within_ms}, "distribution": distribution}))
}

fn slow(did: &str, timeout_ms: u32) -> Value {
    let mut delivery = delivery(did);
    delivery["channel"]["request"]["timeout_ms"] = json!(timeout_ms);
    delivery
}

/// Two deliveries, with two seconds and with four.
async fn furnished() -> Api {
    let api = Api::start().await;
    api.furnish().await;
    assert_eq!(api.put("/v1/deliveries/d1", 1, &slow("d1", 2_000)).await.status, 200);
    api.made("/v1/deliveries", &slow("d2", 4_000)).await;
    api
}

#[tokio::test]
async fn a_campaign_whose_suppliers_would_always_wait_for_nothing_is_refused() {
    let api = furnished().await;
    let refused = api.put("/v1/campaigns/solar", 1, &live(2_499, &["d1", "d2"])).await;
    assert_eq!(refused.refusal(), "422 invalid live.within_ms:too_short");
    let detail = refused.json["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("2500 ms"), "{detail}");
    assert_eq!(api.put("/v1/campaigns/solar", 1, &live(2_500, &["d1", "d2"])).await.status, 200, "one is quick enough");
}

#[tokio::test]
async fn a_campaign_that_names_no_delivery_yet_may_sell_live() {
    let api = furnished().await;
    let empty = with(live(500, &[]), json!({"distribution": []}));
    assert_eq!(api.put("/v1/campaigns/solar", 1, &empty).await.status, 200);
    assert_eq!(api.put("/v1/deliveries/d1", 2, &slow("d1", 9_000)).await.status, 200, "nor does the delivery mind");
}

#[tokio::test]
async fn the_only_delivery_that_is_quick_enough_cannot_be_made_slow() {
    let api = furnished().await;
    assert_eq!(api.put("/v1/campaigns/solar", 1, &live(3_000, &["d1", "d2"])).await.status, 200);
    let refused = api.put("/v1/deliveries/d1", 2, &slow("d1", 2_501)).await;
    assert_eq!(refused.refusal(), "422 invalid channel.request.timeout_ms:too_long");
    assert_eq!(api.put("/v1/deliveries/d2", 1, &slow("d2", 9_000)).await.status, 200, "the other one can");
    assert_eq!(api.put("/v1/deliveries/d1", 2, &slow("d1", 2_500)).await.status, 200);
    let stored = with(delivery("d1"), json!({"channel": {"kind": "store"}}));
    assert_eq!(api.put("/v1/deliveries/d1", 3, &stored).await.refusal(), "422 invalid channel:too_long");
}
