//! Secrets of webhooks: shown once, and valid for a day beside the one that follows.

use domain::access::Principal;
use serde_json::json;

use crate::harness::{Api, supplier, with};

#[tokio::test]
async fn a_secret_is_shown_once_and_signs_beside_the_next_one() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    let form = json!({ "role": "supplier", "sid": "s1" });
    let first = api.made("/v1/webhook-secrets", &form).await;
    let second = api.made("/v1/webhook-secrets", &form).await;
    assert_eq!(
        (&first["role"], &first["sid"], &first["earlier_until"]),
        (&json!("supplier"), &json!("s1"), &json!(null))
    );
    assert!(second["earlier_until"].is_string(), "{second}");
    let of = Principal::Supplier { sid: "s1".parse().unwrap() };
    let known = api.store().webhook_secrets(&of, lambda::now()).await.unwrap();
    let known: Vec<&str> = known.iter().map(|secret| secret.expose()).collect();
    assert_eq!(known, [second["secret"].as_str().unwrap(), first["secret"].as_str().unwrap()]);
    assert!(known[0].starts_with("whsec_") && known[0].len() == "whsec_".len() + 44, "32 bytes in base64");
}

#[tokio::test]
async fn what_a_receiver_may_know_is_not_rotated_away() {
    let api = Api::start().await;
    let form = json!({ "role": "seller" });
    for _ in 0..4 {
        api.made("/v1/webhook-secrets", &form).await;
    }
    assert_eq!(api.post("/v1/webhook-secrets", &form).await.refusal(), "409 rotated_too_often");
}

#[tokio::test]
async fn a_secret_is_made_by_the_seller_for_somebody_who_is_there() {
    let api = Api::start().await;
    for (form, refused) in [
        (json!({ "role": "supplier", "sid": "s1" }), "422 unknown_reference sid:unknown_reference"),
        (json!({ "role": "buyer" }), "422 invalid bid:required"),
        (json!({ "role": "seller", "bid": "b1" }), "422 invalid bid:not_for_role"),
    ] {
        assert_eq!(api.post("/v1/webhook-secrets", &form).await.refusal(), refused, "{form}");
    }
    api.made("/v1/suppliers", &supplier("s1")).await;
    let key = api.key_for(json!({ "role": "supplier", "sid": "s1", "label": "a" })).await;
    let asked = api.with_key(&key).post("/v1/webhook-secrets", &json!({ "role": "supplier", "sid": "s1" })).await;
    assert_eq!(asked.refusal(), "403 seller_only");
}

#[tokio::test]
async fn ways_are_checked_like_the_endpoints_of_deliveries() {
    let api = Api::start().await;
    for (notify, refused) in [
        (json!({}), "422 invalid notify:required"),
        (json!({ "webhook": { "url": "http://s1.example/" } }), "422 invalid notify.webhook.url:url_scheme"),
        (json!({ "webhook": { "url": "https://10.0.0.1/" } }), "422 invalid notify.webhook.url:address_blocked"),
        (json!({ "emails": ["a@s1.example", "a@s1.example"] }), "422 invalid notify.emails.1:repeated"),
        (
            json!({ "emails": ["a@s1.example"], "kinds": ["returned", "low_credit"] }),
            "422 invalid notify.kinds.1:not_told",
        ),
    ] {
        let record = with(supplier("s1"), json!({ "notify": notify }));
        assert_eq!(api.post("/v1/suppliers", &record).await.refusal(), refused, "{notify}");
        let settings = json!({ "name": "A", "time_zone": "UTC", "currency": "GBP", "notify": notify });
        let refused_here = api.put("/v1/settings", 0, &settings).await;
        assert_eq!(refused_here.status, 422, "{notify}: {}", refused_here.json);
    }
    let postback = |url: &str| with(supplier("s1"), json!({ "postback": url }));
    for (url, refused) in [
        ("https://{{ lead.c1 }}/", "422 invalid postback:fixed_host"),
        ("https://10.0.0.1/?a={{ lead.c1 }}", "422 invalid postback:address_blocked"),
        ("https://s1.example/?a={{ retrun.reason }}", "422 invalid postback:template_unknown_name"),
    ] {
        assert_eq!(api.post("/v1/suppliers", &postback(url)).await.refusal(), refused, "{url}");
    }
    let fine =
        json!({ "webhook": { "url": "https://s1.example/v" }, "emails": ["a@s1.example"], "kinds": ["returned"] });
    api.made("/v1/suppliers", &with(supplier("s1"), json!({ "notify": fine, "time_zone": "Europe/Paris" }))).await;
}
