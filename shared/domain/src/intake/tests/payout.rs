//! What a lead is paid for is settled when it comes in.

use super::*;
use crate::{campaign::PayoutMode, cap::CapPer, money::Share};

/// 60 % of what buyers pay, but 7.00 at once to `s1`, and 3.00 at once from 4 July on to its sub-supplier `blog`.
fn solar() -> Campaign {
    let amount = |amount: &str| json!({ "amount": amount, "currency": "GBP" });
    campaign(&json!({
        "suppliers": ["s1", "s2"],
        "payout": { "mode": "buyer_accept", "share": { "basis_points": 6_000, "rounding": "down" } },
        "payouts": [
            { "sid": "s1", "payout": { "mode": "system_accept", "amount": amount("7.00") } },
            {
                "sid": "s1", "ssid": "blog", "from": "2026-07-04",
                "payout": { "mode": "system_accept", "amount": amount("3.00") },
            },
        ],
    }))
}

fn agreed(lead: &Lead) -> (PayoutMode, Option<Share>, i64, PayoutState) {
    (lead.terms.payout_mode, lead.terms.share, lead.payout.amount.minor, lead.payout.state)
}

#[test]
fn a_lead_is_paid_for_as_is_agreed_with_its_supplier_and_a_share_is_nothing_before_a_sale() {
    let share: Share = serde_json::from_value(json!({ "basis_points": 6_000, "rounding": "down" })).unwrap();
    let from = |ssid: &str| Submission { ssid: Some(ssid.to_owned()), ..good() };
    for (sent, sid, expected) in [
        (good(), "s2", (PayoutMode::BuyerAccept, Some(share), 0, PayoutState::Pending)),
        (from("blog"), "s2", (PayoutMode::BuyerAccept, Some(share), 0, PayoutState::Pending)),
        (good(), "s1", (PayoutMode::SystemAccept, None, 700, PayoutState::Earned)),
        (from(" Blog "), "s1", (PayoutMode::SystemAccept, None, 300, PayoutState::Earned)),
    ] {
        let (lead, ..) = kept(sent, &solar(), &supplier(sid, true));
        assert_eq!((agreed(&lead), lead.payout.earned_at.is_some()), (expected, sid == "s1"), "{sid}");
        assert_eq!((lead.payout.amount.currency, lead.terms.currency), (solar().currency, solar().currency));
    }
}

#[test]
fn a_step_begins_at_midnight_in_the_accounts_zone() {
    // Half past eleven in the evening in London, and after midnight in Paris.
    let late: Timestamp = "2026-07-03T22:30:00Z".parse().unwrap();
    for (zone, minor) in [("Europe/London", 700), ("Europe/Paris", 300)] {
        let sent = Submission { received: late, ssid: Some("blog".to_owned()), ..good() };
        match judge(sent, &solar(), &supplier("s1", true), &TimeZone::get(zone).unwrap()) {
            Intake::Kept { lead, .. } => assert_eq!(lead.payout.amount.minor, minor, "{zone}"),
            Intake::Refused { problems } => panic!("{problems:?}"),
        }
    }
}

#[test]
fn what_is_not_taken_or_only_a_test_earns_nothing_whatever_was_agreed() {
    let closed = Campaign { active: false, ..solar() };
    for (sent, campaign, minor) in [
        (sent(&[("email", "ann@")]), &solar(), 700),
        (good(), &closed, 700),
        (Submission { test: true, ..good() }, &solar(), 0),
    ] {
        let (lead, ..) = kept(sent, campaign, &supplier("s1", true));
        assert_eq!(agreed(&lead), (PayoutMode::SystemAccept, None, minor, PayoutState::Pending));
        assert_eq!((lead.payout.earned_at, lead.earned_payout().unwrap().minor), (None, 0));
    }
    let (taken, ..) = kept(good(), &solar(), &supplier("s1", true));
    for lead in [as_duplicate(&taken), as_over_cap(&taken, CappedBy::Campaign, CapPer::Day)] {
        assert_eq!((agreed(&lead).3, lead.payout.earned_at), (PayoutState::Pending, None), "not even when it came in");
    }
    let test = Submission { test: true, ..good() };
    let (lead, ..) = kept(test, &solar(), &supplier("s2", true));
    assert_eq!((lead.payout.amount.minor, lead.payout.state), (0, PayoutState::Pending));
}
