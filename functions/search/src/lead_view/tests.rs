//! What is shown of the money of leads that were not taken.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use domain::{
    access::Principal,
    campaign::PayoutMode,
    consent::Spoken,
    lead::{Approval, Lead, Payout, PayoutState, Rejection, Terms, test_lead},
};
use serde_json::{Value, json};
use store::History;

use super::{LeadView, Shown};
use crate::history_view::HistoryView;

fn rejected(code: Rejection, state: PayoutState) -> Lead {
    let lead = test_lead("2026-11-05T10:00:00Z".parse().unwrap());
    Lead {
        sid: "s2".parse().unwrap(),
        approval: Approval::Rejected { code, reason: "It broke a rule.".to_owned() },
        terms: Terms { payout_mode: PayoutMode::SystemAccept, ..lead.terms },
        payout: Payout { state, ..lead.payout },
        ..lead
    }
}

fn financials(lead: &Lead, viewer: &Principal) -> Value {
    let kept = History { entries: Vec::new(), broken: None };
    let history = HistoryView::new(lead, &[], &kept, viewer);
    let (attempts, journal, enrolments, spoken) = (Vec::new(), Vec::new(), Vec::new(), Spoken::default());
    let shown = Shown { attempts, journal, history, spoken, enrolments, said: Vec::new(), tellings: Vec::new() };
    let view = LeadView::new(lead, shown, None, viewer).unwrap();
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
    assert_eq!(told, json!({ "payout": { "amount": "5.00", "currency": "GBP" }, "payout_status": "earned" }));
}
