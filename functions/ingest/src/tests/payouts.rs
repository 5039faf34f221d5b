//! What a receipt says of the payout, and what is agreed with it.

use domain::{campaign::Campaign, lead::PayoutState, money::Money};
use serde_json::json;

use super::{Api, campaign, lead};
use crate::receipt::LeadReceipt;

/// `shared` pays 60 % of what buyers pay, and 7.00 at once for leads of the sub-supplier `blog`.
async fn api() -> Api {
    let api = Api::start().await;
    let fixed = json!({ "mode": "system_accept", "amount": { "amount": "7.00", "currency": "GBP" } });
    let changes = json!({
        "dedupe": null,
        "payout": { "mode": "buyer_accept", "share": { "basis_points": 6_000 } },
        "payouts": [{ "sid": "s1", "ssid": "Blog", "payout": fixed }],
    });
    api.save::<Campaign>(campaign("shared", changes)).await;
    api
}

#[tokio::test]
async fn a_share_is_pending_and_who_is_paid_otherwise_is_told_so() {
    let api = api().await;
    for (changes, payout, minor, has_share) in [
        (json!({}), "Pending", 0, true),
        (json!({ "ssid": "forum" }), "Pending", 0, true),
        (json!({ "ssid": "blog" }), "7.00", 700, false),
        (json!({ "test": true }), "0.00", 0, true),
        (json!({ "ssid": "blog", "test": true }), "0.00", 0, false),
    ] {
        let answer = api.post(&super::with(lead(json!({ "campid": "shared" })), changes)).await;
        assert_eq!((answer.line().as_str(), &answer.json["payout"]), ("201 1", &json!(payout)), "{}", answer.text);
        assert_eq!(answer.json["currency"], "GBP");
        let kept = api.lead(&answer.json).await;
        assert_eq!((kept.payout.amount.minor, kept.terms.share.is_some()), (minor, has_share));
        assert_eq!(kept.payout.state == PayoutState::Earned, payout == "7.00");
    }
    let turned_away = api.post(&lead(json!({ "campid": "shared", "email": "ann@" }))).await;
    assert_eq!((turned_away.line().as_str(), turned_away.json.get("payout")), ("422 -5 email:not_an_email", None));
}

#[tokio::test]
async fn a_share_is_shown_as_soon_as_a_buyer_has_paid() {
    let api = api().await;
    let answer = api.post(&lead(json!({ "campid": "shared" }))).await;
    let mut kept = api.lead(&answer.json).await;
    kept.payout.amount = Money { minor: 750, ..kept.payout.amount };
    kept.payout.state = PayoutState::Earned;
    assert_eq!(LeadReceipt::of(&kept, &[]).payout.as_deref(), Some("7.50"));
}
