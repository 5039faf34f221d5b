//! The beginning of a history, as far as the lead and the answers to its requests tell it.

use domain::{
    access::Principal,
    history::{Entry, What},
    id::DeliveryRef,
    lead::{DeliveryState, Lead, LeadDelivery, Method, NO_ANSWER},
};
use jiff::Timestamp;
use store::Attempt;

use super::{HistoryEntry, SYSTEM};

/// How the lead came in, and for each delivery that `viewer` may see its first request and what came of it, unless `kept` tells that.
pub(super) fn entries(lead: &Lead, attempts: &[Attempt], kept: &[Entry], viewer: &Principal) -> Vec<HistoryEntry> {
    let mut entries = vec![received(lead)];
    for (did, delivery) in lead.deliveries.iter().filter(|(_, delivery)| viewer.sees_delivery(delivery)) {
        let at =
            |at, what| HistoryEntry { did: Some(did.clone()), bid: delivery.bid.clone(), ..HistoryEntry::at(at, what) };
        let first = attempts.iter().filter(|attempt| attempt.did == *did).map(|attempt| attempt.at).min();
        entries.extend(first.map(|first| at(first, "handed_over")));
        if let Some((since, code)) = outcome(delivery)
            && !is_settled(kept, did, since)
        {
            entries.push(HistoryEntry { code: code.map(str::to_owned), ..at(since, delivery.state.word()) });
        }
    }
    entries
}

fn received(lead: &Lead) -> HistoryEntry {
    let by = match lead.method {
        Method::Api | Method::Form | Method::Import | Method::L2l => "supplier",
        Method::Manual => "seller",
        Method::Transfer => SYSTEM,
    };
    HistoryEntry { by, method: Some(lead.method), ..HistoryEntry::at(lead.received, "received") }
}

/// When a delivery came to what it is, and its code; none: it is on its way.
fn outcome(delivery: &LeadDelivery) -> Option<(Timestamp, Option<&str>)> {
    match &delivery.state {
        DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Retry { .. } => None,
        DeliveryState::Accepted { sale } => Some((sale.sold_at, None)),
        DeliveryState::Rejected { reason } => Some((delivery.since, Some(NO_ANSWER).filter(|code| code == reason))),
        DeliveryState::Skipped { reason } => Some((delivery.since, Some(reason.code()))),
        DeliveryState::AwaitingFeedback { .. } | DeliveryState::Unknown { .. } | DeliveryState::Failed { .. } => {
            Some((delivery.since, None))
        }
    }
}

/// Whether it is told already that the seller made this of the delivery.
fn is_settled(kept: &[Entry], did: &DeliveryRef, since: Timestamp) -> bool {
    let step = |entry: &&Entry| entry.step.what == What::Settled && entry.step.did.as_ref() == Some(did);
    kept.iter().filter(step).any(|entry| entry.step.at == since)
}
