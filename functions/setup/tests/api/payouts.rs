//! What suppliers are paid, and on which terms buyers return.

use serde_json::{Value, json};

use crate::harness::{Api, buyer, campaign, supplier, with};

fn share(basis_points: u32) -> Value {
    json!({"mode": "buyer_accept", "share": {"basis_points": basis_points, "rounding": "half_even"}})
}

fn fixed(amount: &str) -> Value {
    json!({"mode": "system_accept", "amount": {"amount": amount, "currency": "GBP"}})
}

#[tokio::test]
async fn a_payout_that_nobody_could_work_out_is_refused_with_what_to_do() {
    let api = Api::start().await;
    for (payout, findings) in [
        (share(0), "payout.share.basis_points:range"),
        (share(10_001), "payout.share.basis_points:range"),
        (with(share(6_500), json!({"mode": "system_accept"})), "payout.mode:share_before_sale"),
        (with(share(6_500), json!({"amount": {"amount": "5.00", "currency": "GBP"}})), "payout:amount_and_share"),
        (json!({"mode": "buyer_accept"}), "payout:required"),
    ] {
        let refused = api.post("/v1/campaigns", &with(campaign("solar"), json!({"payout": payout}))).await;
        assert_eq!(refused.refusal(), format!("422 invalid {findings}"), "{payout}");
    }
    let refused =
        api.post("/v1/campaigns", &with(campaign("solar"), json!({"payout": {"mode": "buyer_accept"}}))).await;
    assert_eq!(
        refused.json["errors"][0]["detail"],
        "Say what suppliers are paid: an amount, or a share of what buyers pay."
    );
    // More than fits, and a fraction: neither is a number of basis points.
    for basis_points in [json!(70_000), json!(65.5), json!(-1)] {
        let payout = json!({"mode": "buyer_accept", "share": {"basis_points": basis_points}});
        let refused = api.post("/v1/campaigns", &with(campaign("solar"), json!({"payout": payout}))).await;
        assert_eq!(refused.status, 422, "{}", refused.json);
        assert_eq!(refused.json["errors"][0]["field"], "payout.share.basis_points", "{}", refused.json);
    }
    assert_eq!(api.get("/v1/campaigns/solar").await.status, 404);
}

#[tokio::test]
async fn suppliers_that_are_there_may_be_paid_otherwise() {
    let api = Api::start().await;
    let payouts = json!([
        {"from": "2026-11-01", "payout": share(6_500)},
        {"sid": "s1", "payout": fixed("7.00")},
        {"from": "2026-11-01", "sid": "s1", "ssid": "Blog", "payout": fixed("3.00")},
    ]);
    let solar = with(campaign("solar"), json!({"suppliers": [], "payouts": payouts}));
    assert_eq!(
        api.post("/v1/campaigns", &solar).await.refusal(),
        "422 unknown_reference payouts.1.sid:unknown_reference payouts.2.sid:unknown_reference"
    );
    api.made("/v1/suppliers", &supplier("s1")).await;
    let made = api.made("/v1/campaigns", &solar).await;
    assert_eq!(made["payouts"], payouts);
    let read = api.get("/v1/campaigns/solar").await;
    assert_eq!((&read.json["payouts"], &read.json["payout"]), (&payouts, &campaign("solar")["payout"]));

    let mut twice = solar;
    twice["payouts"][0] = json!({"from": "2026-11-01", "sid": "s1", "ssid": "blog", "payout": share(6_500)});
    assert_eq!(api.put("/v1/campaigns/solar", 1, &twice).await.refusal(), "422 invalid payouts.2:repeated");
    twice["payouts"][0] = json!({"from": "2026-02-30", "payout": share(6_500)});
    let refused = api.put("/v1/campaigns/solar", 1, &twice).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("payouts.0.from")));
}

#[tokio::test]
async fn terms_of_return_are_kept_with_their_buyer_if_they_can_be_meant() {
    let api = Api::start().await;
    let terms = |days: u16, reasons: Value| json!({"returns": {"window_days": days, "reasons": reasons}});
    let wrong = with(buyer("b1"), terms(0, json!(["DUPE", "wrong person", "DUPE"])));
    assert_eq!(
        api.post("/v1/buyers", &wrong).await.refusal(),
        "422 invalid returns.window_days:range returns.reasons.1:reason_code returns.reasons.2:repeated"
    );
    let made = api.made("/v1/buyers", &with(buyer("b1"), terms(30, json!(["DUPE", "INVALID_PHONE"])))).await;
    let kept =
        json!({"window_days": 30, "approval": false, "reverse_payout": true, "reasons": ["DUPE", "INVALID_PHONE"]});
    assert_eq!(made["returns"], kept);
}
