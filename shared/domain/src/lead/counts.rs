//! What a step of a lead means for the caps that its deliveries count against.
//!
//! A request is counted by a reservation before it is written down. Once the buyer has the lead, the count stands and the
//! reservation is forgotten; when nothing came of the request, both are taken back. A lead of which nobody knows, or that
//! the buyer took without deciding, still knows its windows when it turns out refused, long after its reservation is
//! forgotten.

use super::{Clearing, DeliveryState, Lead, LeadDelivery, Stage};
use crate::{
    cap::Counted,
    id::{AttemptId, DeliveryRef},
};

/// What the reservation of a request is called. Each worker draws an id of its own, so none can settle another's.
pub fn reservation_id(attempt: AttemptId) -> String {
    attempt.ulid().to_string()
}

/// What has to happen to a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountChange {
    /// The buyer has the lead, or may have it for good: the count stands, the reservation is done with.
    Confirm,
    /// Nothing came of the request: the reservation is taken back with its count.
    Release,
    /// The buyer refused what it had taken: one less in each window. Not safe to repeat, so it goes with the lead's write.
    GiveBack,
}

/// A count that has to change, by whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// The delivery.
    pub did: DeliveryRef,
    /// The request that was counted.
    pub attempt: AttemptId,
    /// Where.
    pub windows: Counted,
    /// What has to happen.
    pub change: CountChange,
}

impl Lead {
    /// What has to happen to counts when this lead is written in place of `before`.
    pub fn recounts(&self, before: &Self) -> Vec<Recount> {
        let recount = |(did, then): (&DeliveryRef, &LeadDelivery)| {
            let (windows, attempt) = (then.counted.clone()?, then.state.open_attempt()?);
            let now = self.deliveries.get(did).filter(|now| now.state.open_attempt() == Some(attempt));
            let change = change(&then.state, now.map(|now| &now.state))?;
            Some(Recount { did: did.clone(), attempt, windows, change })
        };
        before.deliveries.iter().filter_map(recount).collect()
    }

    /// What has to happen to an old reservation for this lead, which nobody is working on any more.
    pub fn leftover(&self, did: &DeliveryRef, id: &str) -> Option<CountChange> {
        let counted = self.deliveries.get(did).filter(|delivery| {
            let own = delivery.state.open_attempt().filter(|_| delivery.counted.is_some());
            own.map(reservation_id).as_deref() == Some(id)
        });
        let Some(delivery) = counted else { return Some(CountChange::Release) };
        is_settled(&delivery.state).then_some(CountChange::Confirm)
    }

    /// The lead with the request that is written down counted in these windows.
    #[must_use]
    pub fn counting(mut self, did: &DeliveryRef, windows: Counted) -> Self {
        if let Some(delivery) = self.deliveries.get_mut(did).filter(|_| !windows.is_empty()) {
            delivery.counted = Some(windows);
        }
        self
    }
}

/// `now` is none when the request is not what the delivery is about any more.
pub(super) fn change(then: &DeliveryState, now: Option<&DeliveryState>) -> Option<CountChange> {
    match (is_settled(then), now) {
        (false, Some(now)) => is_settled(now).then_some(CountChange::Confirm),
        (false, None) => Some(CountChange::Release),
        (true, Some(_)) => None,
        (true, None) => Some(CountChange::GiveBack),
    }
}

/// Whether no request of it is to come any more while the buyer has the lead or may have it: its reservation is done with.
pub(super) fn is_settled(state: &DeliveryState) -> bool {
    match state.stage() {
        Stage::Accepted => true,
        // What is never sent again may stay like this until the seller decides.
        Stage::Undecided => !matches!(state, DeliveryState::Unknown { clearing: Clearing::ByRepeat(_), .. }),
        Stage::Waiting | Stage::Asking | Stage::CameToNothing => false,
    }
}
