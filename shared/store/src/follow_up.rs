//! The messages that a change of a lead calls for.

use domain::lead::{DeliveryState, Lead, LeadDelivery};
use jiff::{SignedDuration, Timestamp};

use crate::DeliveryJob;

/// What has to be sent, by delay. Waits that are too long for the queue are left to the due index.
pub fn follow_ups(
    before: &Lead,
    after: &Lead,
    now: Timestamp,
    correlation_id: Option<&str>,
) -> Vec<(SignedDuration, Vec<DeliveryJob>)> {
    let changed = after.deliveries.iter().filter(|(did, delivery)| before.deliveries.get(*did) != Some(delivery));
    let mut by_delay: Vec<(SignedDuration, Vec<DeliveryJob>)> = Vec::new();
    for (did, delivery) in changed {
        let Some(delay) = wait(delivery, now).filter(|wait| *wait <= domain::lead::QUEUE_DELAY_LIMIT) else { continue };
        let job = DeliveryJob::of(after, did, delivery, correlation_id);
        match by_delay.iter_mut().find(|(known, _)| *known == delay) {
            Some((_, jobs)) => jobs.push(job),
            None => by_delay.push((delay, vec![job])),
        }
    }
    by_delay
}

/// How long until the delivery's next step; none if none is foreseen.
fn wait(delivery: &LeadDelivery, now: Timestamp) -> Option<SignedDuration> {
    let due = match &delivery.state {
        DeliveryState::Queued => now,
        DeliveryState::Held { until: due } | DeliveryState::Retry { due, .. } => *due,
        DeliveryState::Unknown { resend, .. } => (*resend)?,
        DeliveryState::Sending { .. }
        | DeliveryState::Accepted { .. }
        | DeliveryState::Rejected { .. }
        | DeliveryState::AwaitingFeedback { .. }
        | DeliveryState::Failed { .. }
        | DeliveryState::Skipped { .. } => return None,
    };
    Some(now.duration_until(due).max(SignedDuration::ZERO))
}
