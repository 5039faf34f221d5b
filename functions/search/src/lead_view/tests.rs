//! What is shown of the money of leads that were not taken, and of what others were told.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use domain::{
    access::Principal,
    campaign::PayoutMode,
    consent::Spoken,
    feedback::{Telling, TellingState},
    lead::{Approval, Lead, Payout, PayoutState, Rejection, Terms, test_lead},
};
use serde_json::{Value, json};
use store::{History, SaidOfLead};

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
    shown(lead, Vec::new(), Vec::new(), viewer)["financials"].clone()
}

fn shown(lead: &Lead, said: Vec<SaidOfLead>, tellings: Vec<Telling>, viewer: &Principal) -> Value {
    let kept = History { entries: Vec::new(), broken: None };
    let history = HistoryView::new(lead, &[], &kept, viewer);
    let (attempts, journal, enrolments, spoken) = (Vec::new(), Vec::new(), Vec::new(), Spoken::default());
    let shown = Shown { attempts, journal, history, spoken, enrolments, said, tellings };
    serde_json::to_value(LeadView::new(lead, shown, None, viewer).unwrap()).unwrap()
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

#[test]
fn who_was_told_what_stands_with_the_lead_and_with_each_delivery_and_what_its_supplier_said_of_it() {
    let at: jiff::Timestamp = "2026-11-05T10:00:00Z".parse().unwrap();
    let did: domain::id::DeliveryRef = "d1".parse().unwrap();
    let lead = test_lead(at).on_queued(&did, Some("b1".parse().unwrap()), at).unwrap();
    let telling = |did, answer: &str| {
        let (answer, detail) = (Some(answer.to_owned()), Some("It was sold long ago.".to_owned()));
        Telling { answer, detail, state: TellingState::Idle, ..Telling::new(lead.id, did, at) }
    };
    let refusal: SaidOfLead = serde_json::from_value(json!({
        "i": "h1", "sh": "e1", "e": "return_refused", "c": "refused", "rs": "We have the call on tape.", "r": "noted",
        "at": domain::time::rfc3339(at),
    }))
    .unwrap();
    let tellings = vec![telling(None, "window_expired"), telling(Some(did), "noted")];
    let view = shown(&lead, vec![refusal], tellings, &Principal::Seller);
    let (up, down) = (&view["feedback"], &view["deliveries"][0]["told"]);
    assert_eq!((&up["answer"], &up["detail"]), (&json!("window_expired"), &json!("It was sold long ago.")));
    assert_eq!((&down["answer"], &down["said"]), (&json!("noted"), &Value::Null));
    let said = &up["said"][0];
    assert_eq!((&said["code"], &said["reason"]), (&json!("refused"), &json!("We have the call on tape.")));
}
