//! Leads that were sold, on terms of returns, some time ago.

use domain::{
    buyer::ReturnTerms,
    id::{AttemptId, LeadId},
    lead::{Agreed, Lead, Outcome, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use ulid::Ulid;

/// A lead's id.
pub(crate) fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

pub(crate) fn hours_ago(hours: i64) -> Timestamp {
    lambda::now() - SignedDuration::from_hours(hours)
}

/// Thirty days, at once.
pub(crate) fn at_once() -> Value {
    json!({ "window_days": 30 })
}

/// Thirty days, if the seller approves.
pub(crate) fn by_approval() -> Value {
    json!({ "window_days": 30, "approval": true })
}

/// A lead of `s1` that was sold at this time, for £12.50 through each of these deliveries to their buyers; its supplier earns £5.00
/// with it.
pub(crate) fn sold_at(number: u128, through: &[(&str, &str)], terms: &Value, sold: Timestamp) -> Lead {
    let lead = Lead { id: id(number), ..test_lead(sold) };
    let sell = |lead, (did, bid): &(&str, &str)| answered(&lead, (did, bid), terms, true, sold);
    through.iter().fold(lead, sell)
}

/// The same, an hour ago.
pub(crate) fn sold(number: u128, through: &[(&str, &str)], terms: &Value) -> Lead {
    sold_at(number, through, terms, hours_ago(1))
}

/// The lead after a buyer has answered.
pub(crate) fn answered(lead: &Lead, (did, bid): (&str, &str), terms: &Value, is_bought: bool, at: Timestamp) -> Lead {
    let did = did.parse().unwrap();
    let attempt = AttemptId::from_ulid(Ulid(lead.id.ulid().0 * 10 + lead.deliveries.len() as u128));
    let returns = Some(terms).filter(|terms| !terms.is_null()).cloned();
    let returns: Option<ReturnTerms> = returns.map(|terms| serde_json::from_value(terms).unwrap());
    let lead = lead.on_queued(&did, Some(bid.parse().unwrap()), at).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(60)).unwrap();
    let lead = lead.agreeing(&did, Agreed { returns, ..Agreed::default() });
    let outcome = if is_bought {
        let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
        Outcome::Accepted { price, reference: None, redirect_url: None }
    } else {
        Outcome::Rejected { reason: "no".to_owned() }
    };
    lead.on_outcome(&did, &attempt, 1, outcome, at).unwrap()
}

/// A wish to return a lead.
pub(crate) fn form(number: u128, reason: &str) -> Value {
    json!({ "lead_id": id(number), "reason": reason })
}

/// The same, with more to say.
pub(crate) fn form_with(number: u128, more: Value) -> Value {
    let mut form = form(number, "OTHER");
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form
}
