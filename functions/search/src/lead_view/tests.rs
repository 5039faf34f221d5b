//! What is shown of the money of leads that were not taken.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use domain::{
    access::Principal,
    campaign::PayoutMode,
    id::LeadId,
    lead::{Approval, Lead, Method, Payout, PayoutState, Rejection, Terms},
    money::Money,
};
use serde_json::{Value, json};

use super::LeadView;

fn rejected(code: Rejection, state: PayoutState) -> Lead {
    let currency = "GBP".parse().unwrap();
    let received = "2026-11-05T10:00:00Z".parse().unwrap();
    Lead {
        id: LeadId::from_ulid(ulid::Ulid(1)),
        version: 1,
        campid: "solar".parse().unwrap(),
        sid: "s2".parse().unwrap(),
        ssid: None,
        source: None,
        method: Method::Api,
        country: "GB".parse().unwrap(),
        received,
        test: false,
        fields: BTreeMap::new(),
        approval: Approval::Rejected { code, reason: "It broke a rule.".to_owned() },
        terms: Terms { max_sales: 1, payout_mode: PayoutMode::SystemAccept, share: None, currency },
        payout: Payout { amount: Money { minor: 1_250, currency }, state, earned_at: None },
        deliveries: BTreeMap::new(),
        quarantines: 0,
        paused_since: None,
        origin: None,
        edits: Vec::new(),
        swept: None,
    }
}

fn financials(lead: &Lead, viewer: &Principal) -> Value {
    let view = LeadView::new(lead, Vec::new(), Vec::new(), None, viewer).unwrap();
    serde_json::to_value(view.financials).unwrap()
}

#[test]
fn what_a_rejected_lead_would_have_earned_is_not_shown() {
    let supplier = Principal::Supplier { sid: "s2".parse().unwrap() };
    for code in [Rejection::SupplierNotAuthorised, Rejection::Validation, Rejection::Duplicate] {
        for viewer in [&supplier, &Principal::Seller] {
            let told = financials(&rejected(code, PayoutState::Pending), viewer);
            assert_eq!((told.get("payout"), told.get("payout_status")), (None, None), "{told}");
        }
    }
}

#[test]
fn what_was_earned_before_a_lead_was_turned_away_stays_shown() {
    let supplier = Principal::Supplier { sid: "s2".parse().unwrap() };
    let told = financials(&rejected(Rejection::Filter, PayoutState::Earned), &supplier);
    assert_eq!(told, json!({ "payout": { "amount": "12.50", "currency": "GBP" }, "payout_status": "earned" }));
}
