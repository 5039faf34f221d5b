//! A request of which nobody knows whether it was taken: it is in doubt until its buyer has told, or the seller has decided.
//! What it takes up, a sale of the lead, a place under caps, credit, is kept that long, whatever becomes of later requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeliveryState, IllegalTransition, Lead, Outcome};
use crate::{id::DeliveryRef, outcome::UNKNOWN_FOR, time::later};

/// How an unknown delivery is to be cleared up. A late answer, feedback or the seller may do so before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearing {
    /// The same request is made again then, to a buyer that recognises it.
    #[serde(with = "crate::time")]
    ByRepeat(Timestamp),
    /// Nobody is asked again. The seller is asked to decide then.
    #[serde(with = "crate::time")]
    ByAnswer(Timestamp),
    /// That time has passed, and the seller has been asked.
    #[serde(with = "crate::time")]
    BySeller(Timestamp),
}

impl Clearing {
    /// Nobody is asked again from now on.
    pub fn without_repeat(now: Timestamp) -> Self {
        Self::ByAnswer(later(now, UNKNOWN_FOR))
    }

    /// The time that it names.
    pub fn at(self) -> Timestamp {
        let (Self::ByRepeat(at) | Self::ByAnswer(at) | Self::BySeller(at)) = self;
        at
    }
}

impl Outcome {
    /// The same outcome of a request that was in doubt when it was made again. The buyer may have taken it the first time:
    /// that it was not taken this time does not tell.
    pub(super) fn of_repeat(self, now: Timestamp) -> Self {
        match self {
            Self::Retry { reason, due } => Self::Unknown { reason, clearing: Clearing::ByRepeat(due) },
            Self::Failed { reason } => Self::Unknown { reason, clearing: Clearing::without_repeat(now) },
            Self::Accepted { .. } | Self::Rejected { .. } | Self::Pending { .. } | Self::Unknown { .. } => self,
        }
    }

    /// Whether it tells whether the buyer has the lead.
    pub(super) fn clears_up(&self) -> bool {
        match self {
            Self::Accepted { .. } | Self::Rejected { .. } | Self::Pending { .. } => true,
            Self::Retry { .. } | Self::Failed { .. } | Self::Unknown { .. } => false,
        }
    }
}

impl Lead {
    /// The same request is not made again after all, as `why` says: what is unknown is left to a late answer, or the seller.
    ///
    /// # Errors
    /// `no_such_delivery`; `not_repeated` when no request of it was to be made again.
    pub fn on_repeat_given_up(&self, did: &DeliveryRef, why: &str, now: Timestamp) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        let DeliveryState::Unknown { attempt, clearing: Clearing::ByRepeat(_), reason } = &delivery.state else {
            let detail = format!("Delivery {did} is {}; no request is to be made again.", delivery.state.word());
            return Err(IllegalTransition::new("not_repeated", detail));
        };
        let reason = format!("{reason}; not asked again, as {why}");
        let state = DeliveryState::Unknown { attempt: *attempt, clearing: Clearing::without_repeat(now), reason };
        Ok(self.with_state(did, state, now))
    }
}

#[cfg(test)]
mod tests;
