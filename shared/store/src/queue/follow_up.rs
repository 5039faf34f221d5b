//! The messages that a change of a lead calls for, and sending them.

use domain::lead::{Clearing, DeliveryState, Lead, LeadDelivery};
use jiff::{SignedDuration, Timestamp};

use crate::{DeliveryJob, DeliveryQueue};

/// What has to be sent, by delay; `before` is none for a lead that is new. Waits that are too long for the queue are left to
/// the due index.
pub fn follow_ups(
    before: Option<&Lead>,
    after: &Lead,
    now: Timestamp,
    correlation_id: Option<&str>,
) -> Vec<(SignedDuration, Vec<DeliveryJob>)> {
    let stood = |did| before.and_then(|before| before.deliveries.get(did));
    let changed = after.deliveries.iter().filter(|(did, delivery)| stood(*did) != Some(*delivery));
    let messages = changed.filter_map(|(did, delivery)| {
        let delay = wait(delivery, now).filter(|wait| *wait <= domain::lead::QUEUE_DELAY_LIMIT)?;
        Some((delay, vec![DeliveryJob::of(after, did, delivery, correlation_id)]))
    });
    by_delay(messages)
}

impl DeliveryQueue {
    /// Sends the messages that a change of a lead calls for, as [`follow_ups`] tells them, and returns how many were sent.
    /// What is written is written: the sweeper makes up for those that could not be.
    pub async fn send_follow_ups(
        &self,
        before: Option<&Lead>,
        after: &Lead,
        now: Timestamp,
        correlation_id: Option<&str>,
    ) -> usize {
        self.send_all(follow_ups(before, after, now, correlation_id)).await
    }

    /// The same for leads that are new. Their messages go together, ten at a time.
    pub async fn send_for_new(
        &self,
        leads: impl IntoIterator<Item = &Lead>,
        now: Timestamp,
        correlation_id: Option<&str>,
    ) -> usize {
        let messages = leads.into_iter().flat_map(|lead| follow_ups(None, lead, now, correlation_id));
        self.send_all(by_delay(messages)).await
    }

    /// Sends messages by their delay, as [`DeliveryQueue::send_follow_ups`] does.
    pub async fn send_all(&self, messages: Vec<(SignedDuration, Vec<DeliveryJob>)>) -> usize {
        let mut sent = 0;
        for (delay, jobs) in messages {
            match self.send(&jobs, delay).await {
                Ok(()) => sent += jobs.len(),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    let first = jobs.first().map(|job| tracing::field::display(job.lead_id));
                    tracing::warn!(lead_id = first, error, messages = jobs.len(), "deliveries wait for the sweeper");
                }
            }
        }
        sent
    }
}

/// Those of one delay together.
fn by_delay(
    messages: impl Iterator<Item = (SignedDuration, Vec<DeliveryJob>)>,
) -> Vec<(SignedDuration, Vec<DeliveryJob>)> {
    let mut by_delay: Vec<(SignedDuration, Vec<DeliveryJob>)> = Vec::new();
    for (delay, jobs) in messages {
        match by_delay.iter_mut().find(|(known, _)| *known == delay) {
            Some((_, known)) => known.extend(jobs),
            None => by_delay.push((delay, jobs)),
        }
    }
    by_delay
}

/// How long until the delivery's next step; none if none is foreseen.
fn wait(delivery: &LeadDelivery, now: Timestamp) -> Option<SignedDuration> {
    let due = match &delivery.state {
        DeliveryState::Queued => now,
        DeliveryState::Held { until: due }
        | DeliveryState::Retry { due, .. }
        | DeliveryState::Unknown { clearing: Clearing::ByRepeat(due), .. } => *due,
        DeliveryState::Unknown { clearing: Clearing::ByAnswer(_) | Clearing::BySeller(_), .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Accepted { .. }
        | DeliveryState::Rejected { .. }
        | DeliveryState::AwaitingFeedback { .. }
        | DeliveryState::Failed { .. }
        | DeliveryState::Skipped { .. } => return None,
    };
    Some(now.duration_until(due).max(SignedDuration::ZERO))
}
