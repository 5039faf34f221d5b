//! Counting: what became of deliveries, and how long buyers took. Names and meanings stand in `lambda::metrics`.

use std::time::Duration;

use domain::{
    answer::UNRECOGNISED,
    lead::{Clearing, DeliveryState, Lead, LeadDelivery},
};

/// Counts a request to a buyer.
pub(crate) fn asked(took: Duration) {
    metrics::histogram!("buyer_ms").record(u32::try_from(took.as_millis()).unwrap_or(u32::MAX));
}

/// Counts the deliveries that a write of the lead has moved. Counted when it is written, as what comes after may fail.
pub(crate) fn moved(before: &Lead, after: &Lead) {
    let states = after.deliveries.iter().filter(|(did, now)| {
        before.deliveries.get(*did).is_none_or(|then| (then.round, &then.state) != (now.round, &now.state))
    });
    for (did, now) in states {
        if let Some(name) = counted(before.deliveries.get(did), now) {
            metrics::counter!(name).increment(1);
        }
        if matches!(&now.state, DeliveryState::Rejected { reason } if reason == UNRECOGNISED) {
            metrics::counter!("delivery_unrecognised").increment(1);
        }
    }
}

/// What to count a move as. That the seller is asked about what is unknown already makes it no second unknown.
fn counted(then: Option<&LeadDelivery>, now: &LeadDelivery) -> Option<&'static str> {
    let name = outcome(&now.state)?;
    let was_counted =
        then.is_some_and(|then| then.round == now.round && outcome(&then.state) == Some("delivery_unknown"));
    (name != "delivery_unknown" || !was_counted).then_some(name)
}

fn outcome(state: &DeliveryState) -> Option<&'static str> {
    match state {
        DeliveryState::Queued | DeliveryState::Sending { .. } => None,
        DeliveryState::Held { .. } => Some("delivery_held"),
        DeliveryState::Retry { .. } => Some("delivery_retry"),
        DeliveryState::Accepted { .. } => Some("delivery_accepted"),
        DeliveryState::Rejected { .. } => Some("delivery_rejected"),
        DeliveryState::AwaitingFeedback { .. } => Some("delivery_awaiting_feedback"),
        // Another request will tell, so nobody need be called yet.
        DeliveryState::Unknown { clearing: Clearing::ByRepeat(_), .. } => Some("delivery_resend"),
        DeliveryState::Unknown { clearing: Clearing::ByAnswer(_) | Clearing::BySeller(_), .. } => {
            Some("delivery_unknown")
        }
        DeliveryState::Failed { .. } => Some("delivery_failed"),
        DeliveryState::Skipped { .. } => Some("delivery_skipped"),
    }
}
