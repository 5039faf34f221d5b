//! Orders that make no sense, or are not the caller's to give, are refused before anything is known of them.

use lambda::test_api::pounds;
use serde_json::{Value, json};

use crate::{
    harness::{Api, PATH, take_back, update_payout, with},
    leads::id,
};

/// Checks that an order is refused so, and that nothing of it is left.
async fn is_refused(api: &Api, form: &Value, expected: &str) {
    assert_eq!(api.post(PATH, form).await.refusal(), expected, "{form}");
}

async fn nothing_is_left(api: &Api) {
    assert!(api.told().is_empty());
    assert_eq!(api.get(PATH).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn what_an_action_takes_is_looked_at_before_any_lead_is() {
    let api = Api::start().await;
    let many: Vec<String> = (0..51).map(|number| format!("d{number}")).collect();
    for (action, params, expected) in [
        ("update_payout", json!({}), "params:invalid_params"),
        (
            "update_payout",
            json!({ "payout": pounds("7.00"), "reason": "agreed", "bid": "b1" }),
            "params:invalid_params",
        ),
        ("update_payout", json!({ "payout": pounds("-7.00"), "reason": "agreed" }), "params.payout:amount"),
        ("update_payout", json!({ "payout": pounds("7.00"), "reason": "" }), "params.reason:length"),
        (
            "update_revenue",
            json!({ "revenue": pounds("-7.00"), "reason": "call 07700900123" }),
            "params.revenue:amount params.reason:personal_data",
        ),
        (
            "update_revenue",
            json!({ "revenue": pounds("7.00"), "reason": "agreed", "bid": "b 1" }),
            "params:invalid_params",
        ),
        ("return", json!({ "reason": "BORED" }), "params.reason:unknown_reason"),
        ("return", json!({ "reason": "OTHER", "comment": "a\nb" }), "params.comment:length"),
        ("return", json!({ "reason": "OTHER", "reverse_payout": "yes" }), "params:invalid_params"),
        ("redeliver", json!({ "deliveries": many }), "params.deliveries:count"),
        ("release", json!({ "reason": "fine" }), "params:invalid_params"),
        ("reject", json!({}), "params.reason:length"),
        ("reject", json!({ "reason": " " }), "params.reason:length"),
    ] {
        let form = json!({ "action": action, "params": params, "lead_ids": [id(1)] });
        is_refused(&api, &form, &format!("422 invalid {expected}")).await;
        let form = with(&form, json!({ "lead_ids": [], "dry_run": true }));
        is_refused(&api, &form, &format!("422 invalid {expected} lead_ids:count")).await;
    }
    nothing_is_left(&api).await;
}

#[tokio::test]
async fn which_leads_are_meant_is_one_of_two_ways_to_say_it() {
    let api = Api::start().await;
    let many: Vec<_> = (0..1_001).map(id).collect();
    for (meant, expected) in [
        (json!({}), "lead_ids:which"),
        (json!({ "lead_ids": [id(1)], "search": {} }), "lead_ids:which"),
        (json!({ "search": {} }), "search:no_filter"),
        (json!({ "lead_ids": [] }), "lead_ids:count"),
        (json!({ "lead_ids": many }), "lead_ids:count"),
        (json!({ "search": { "from": "2026-11-05", "to": "2026-11-01" } }), "search.to:backwards"),
    ] {
        is_refused(&api, &with(&take_back(), meant), &format!("422 invalid {expected}")).await;
    }
    let most: Vec<_> = (0..1_000).map(id).collect();
    assert_eq!(api.post(PATH, &with(&take_back(), json!({ "lead_ids": most }))).await.expect(202)["total"], 1_000);
}

#[tokio::test]
async fn what_is_no_order_at_all_is_refused_with_the_place() {
    let api = Api::start().await;
    for (form, field) in [
        (json!({ "lead_ids": [id(1)] }), "action"),
        (json!({ "action": "explode", "lead_ids": [id(1)] }), "action"),
        (json!({ "action": "release", "params": [], "lead_ids": [id(1)] }), "params"),
        (json!({ "action": "release", "lead_ids": ["me"] }), "lead_ids.0"),
        (json!({ "action": "release", "lead_ids": id(1) }), "lead_ids"),
        (json!({ "action": "release", "search": { "colour": ["red"] } }), "search.colour"),
        (json!({ "action": "release", "search": { "campid": ["a b"] } }), "search.campid.0"),
        (json!({ "action": "release", "lead_ids": [id(1)], "dry_run": 1 }), "dry_run"),
        (json!({ "action": "release", "lead_ids": [id(1)], "dryrun": true }), "dryrun"),
    ] {
        let refused = api.post(PATH, &form).await.expect(422);
        let told = refused["errors"][0]["field"].as_str().unwrap_or_default();
        assert!(told.starts_with(field) || refused["detail"].as_str().unwrap().contains(field), "{form}: {refused}");
    }
    nothing_is_left(&api).await;
}

#[tokio::test]
async fn only_the_seller_orders_looks_and_calls_off() {
    let api = Api::start().await;
    let job = api.ordered_for(&update_payout("7.00"), &[id(1)]).await;
    let form = with(&update_payout("7.00"), json!({ "lead_ids": [id(1)] }));
    for (caller, status) in [("s1", 403), ("b1", 403), ("", 401)] {
        let api = api.by(caller);
        assert_eq!(api.post(PATH, &form).await.status, status, "{caller}");
        for path in ["", &format!("/{job}"), &format!("/{job}/outcomes")] {
            assert_eq!(api.get(&format!("{PATH}{path}")).await.status, status, "{caller}: {path}");
        }
        assert_eq!(api.cancelled(job).await.status, status, "{caller}");
    }
    assert_eq!(api.told(), [job], "of no other");
    assert!(!api.stored(job).await.cancelled);
}
