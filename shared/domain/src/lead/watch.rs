//! What keeps a lead from being stuck: when to look at it again, and what to do then.
//!
//! A message can be lost between the write that calls for it and the queue. Leads that are `open` are found by their
//! status; those that wait for a time, or move on after a sale, are found by the time of [`Lead::watch_at`].

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Clearing, DeliveryState, Lead, LeadDelivery, SoldStatus};
use crate::{id::DeliveryRef, time::later};

/// A message that has done nothing for this long is taken for lost.
pub const WATCH_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// Waits that a queue's own delay can bridge; longer ones are parked under a due time.
pub const QUEUE_DELAY_LIMIT: SignedDuration = SignedDuration::from_mins(15);
/// For this long after it came in, a lead that is `open` is found by its status: the sweeper reads that index for the
/// present and the last two months. What moves later is found by time.
const FOUND_BY_STATUS_FOR: SignedDuration = SignedDuration::from_hours(24 * 28);
/// The sweeper's patience doubles this often: 2, 4, 8, 16 minutes.
const MAX_DOUBLINGS: u32 = 3;

/// The last time the sweeper helped a lead along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// When.
    #[serde(with = "crate::time")]
    pub at: Timestamp,
    /// How many times running, without the lead moving.
    pub n: u32,
}

impl Swept {
    /// A backlog must not be made worse, so the sweeper waits longer each time.
    fn patient_until(self) -> Timestamp {
        later(self.at, WATCH_AFTER * (1 << self.n.saturating_sub(1).min(MAX_DOUBLINGS)))
    }
}

impl Lead {
    /// When the lead wants to be looked at although nobody asks for it; none if its status alone brings it up.
    pub fn watch_at(&self) -> Option<Timestamp> {
        let is_open = self.sold_status() == SoldStatus::Open;
        let own = self.deliveries.values().filter_map(|delivery| {
            let has_moved_late = self.received.duration_until(delivery.since) > FOUND_BY_STATUS_FOR;
            delivery.stuck_at().filter(|_| !is_open || has_moved_late || !delivery.waits_for_a_message())
        });
        let deletion = self.deletion.and_then(|deletion| deletion.due());
        let first =
            self.quarantined_until().into_iter().chain(self.return_due_at()).chain(deletion).chain(own).min()?;
        Some(self.swept.map_or(first, |swept| first.max(swept.patient_until())))
    }

    /// The deliveries whose message is lost or whose time has come. Each wants a message.
    pub fn stuck(&self, now: Timestamp) -> Vec<(&DeliveryRef, &LeadDelivery)> {
        if self.swept.is_some_and(|swept| swept.patient_until() > now) {
            return Vec::new();
        }
        self.deliveries.iter().filter(|(_, delivery)| delivery.stuck_at().is_some_and(|at| at <= now)).collect()
    }

    /// Notes that the sweeper sends those messages now.
    pub fn on_swept(&self, now: Timestamp) -> Self {
        let n = self.swept.map_or(1, |swept| swept.n.saturating_add(1));
        Self { swept: Some(Swept { at: now, n }), ..self.clone() }
    }
}

impl LeadDelivery {
    /// Whether its next step comes with a message that a queue can bring: it has no time of its own to be found by.
    fn waits_for_a_message(&self) -> bool {
        match self.state {
            DeliveryState::Retry { due, .. } => self.since.duration_until(due) <= QUEUE_DELAY_LIMIT,
            DeliveryState::Queued | DeliveryState::Sending { .. } => true,
            DeliveryState::Held { .. }
            | DeliveryState::AwaitingFeedback { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Accepted { .. }
            | DeliveryState::Rejected { .. }
            | DeliveryState::Failed { .. }
            | DeliveryState::Skipped { .. } => false,
        }
    }

    /// When its message counts as lost, or its own time comes.
    fn stuck_at(&self) -> Option<Timestamp> {
        match self.state {
            DeliveryState::Queued => Some(later(self.since, WATCH_AFTER)),
            DeliveryState::Sending { lease_until, .. } => Some(later(lease_until, WATCH_AFTER)),
            // A message comes back at that time, if the queue can bridge it.
            DeliveryState::Held { until } if self.since.duration_until(until) > QUEUE_DELAY_LIMIT => Some(until),
            DeliveryState::Held { until } => Some(later(until, WATCH_AFTER)),
            DeliveryState::Retry { due, .. } if self.since.duration_until(due) > QUEUE_DELAY_LIMIT => Some(due),
            DeliveryState::Retry { due, .. } => Some(later(due, WATCH_AFTER)),
            DeliveryState::Unknown { clearing: Clearing::ByRepeat(due), .. } => Some(later(due, WATCH_AFTER)),
            DeliveryState::AwaitingFeedback { deadline, .. }
            | DeliveryState::Unknown { clearing: Clearing::ByAnswer(deadline), .. } => Some(deadline),
            DeliveryState::Unknown { clearing: Clearing::BySeller(_), .. }
            | DeliveryState::Accepted { .. }
            | DeliveryState::Rejected { .. }
            | DeliveryState::Failed { .. }
            | DeliveryState::Skipped { .. } => None,
        }
    }
}
