//! What people, and rare events, did to a lead: an entry for each, with ids, codes and amounts, and never a word of anybody's.
//!
//! Entries are made of the steps of a lead as its rows before and after tell them; who did it stands in the row itself, see
//! [`Lead::last_touch`](crate::lead::Lead::last_touch). They are kept apart from the lead, each with a hash that goes on from the one before.

mod amounts;
mod sight;
mod step;
mod untold;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{step::steps, untold::untold};
use crate::{
    id::{BuyerRef, DeliveryRef},
    lead::Actor,
    money::{Money, compact},
};

/// What was done to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A delivery has it anew.
    Redelivered,
    /// The seller has said what became of a request that was undecided.
    Settled,
    /// Somebody who got it has said what became of it.
    Feedback,
    /// A buyer wants to take a sale back.
    ReturnRequested,
    /// A sale was taken back.
    Returned,
    /// It may not be taken back.
    ReturnRefused,
    /// It was taken back, and stands again.
    ReturnUndone,
    /// A payout was changed by hand.
    PayoutUpdated,
    /// A price was changed by hand.
    RevenueUpdated,
    /// It was put aside.
    Quarantined,
    /// It was let go again.
    Released,
    /// It was put aside, and turned away then.
    TurnedAway,
    /// Its person is not to be written to any more.
    Unsubscribed,
    /// Its person may be written to again.
    Resubscribed,
    /// It was deleted.
    Deleted,
    /// It has joined a responder.
    JoinedResponder,
    /// A bulk job writes to its person; what becomes of that stands with its responders.
    MessageOrdered,
}

/// One thing that was done to a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    #[serde(rename = "w")]
    pub what: What,
    /// When.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// At which of its deliveries, or to the sale through which.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// The buyer of that delivery.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// Of a return: which of its sale.
    #[serde(rename = "rn", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u8>,
    /// Of a return the reason's code; of what was settled, how (`accepted`, `rejected`); of feedback, what was said; of what was turned away, the number of the rejection; of a
    /// responder its reference, of a message its job.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The price of that sale, if it changed.
    #[serde(rename = "pr", default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Moved>,
    /// What the supplier is owed for the lead, if it changed.
    #[serde(rename = "po", default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<Moved>,
    /// Of a redelivery: what had become of the delivery before.
    #[serde(rename = "ws", default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Was>,
}

/// An amount that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What it was.
    #[serde(rename = "f", with = "compact")]
    pub before: Money,
    /// What it is now.
    #[serde(rename = "t", with = "compact")]
    pub after: Money,
}

/// What had become of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// The word for its state: `failed`.
    #[serde(rename = "s")]
    pub state: String,
    /// Why, where that has a code; what a buyer says has none.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many requests had been made by then.
    #[serde(rename = "a")]
    pub attempts: u32,
}

/// A step as it stands in the history of its lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The how manieth of the lead, from 1.
    #[serde(rename = "n")]
    pub n: u32,
    /// The version of the lead that the step made.
    #[serde(rename = "v")]
    pub version: u64,
    /// The how manieth step of those that made it, from 0.
    #[serde(rename = "i")]
    pub index: u16,
    /// Who did it; none: it came about by itself.
    #[serde(rename = "by", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// What was done.
    #[serde(rename = "e")]
    pub step: Step,
}

impl What {
    /// The word for it: `return_requested`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Redelivered => "redelivered",
            Self::Settled => "settled",
            Self::Feedback => "feedback",
            Self::ReturnRequested => "return_requested",
            Self::Returned => "returned",
            Self::ReturnRefused => "return_refused",
            Self::ReturnUndone => "return_undone",
            Self::PayoutUpdated => "payout_updated",
            Self::RevenueUpdated => "revenue_updated",
            Self::Quarantined => "quarantined",
            Self::Released => "released",
            Self::TurnedAway => "turned_away",
            Self::Unsubscribed => "unsubscribed",
            Self::Resubscribed => "resubscribed",
            Self::Deleted => "deleted",
            Self::JoinedResponder => "joined_responder",
            Self::MessageOrdered => "message_ordered",
        }
    }

    /// Whether the row of a lead does not say when that was.
    fn has_no_time(self) -> bool {
        match self {
            Self::Quarantined | Self::Released | Self::TurnedAway => true,
            Self::Redelivered
            | Self::Settled
            | Self::Feedback
            | Self::ReturnRequested
            | Self::Returned
            | Self::ReturnRefused
            | Self::ReturnUndone
            | Self::PayoutUpdated
            | Self::RevenueUpdated
            | Self::Unsubscribed
            | Self::Resubscribed
            | Self::Deleted
            | Self::JoinedResponder
            | Self::MessageOrdered => false,
        }
    }
}

impl Step {
    fn new(what: What, at: Timestamp) -> Self {
        let (did, bid, number, code) = (None, None, None, None);
        Self { what, at, did, bid, number, code, revenue: None, payout: None, was: None }
    }

    /// The same of a lead that was written then, if the lead does not say better when it was.
    #[must_use]
    pub fn written_at(self, at: Timestamp) -> Self {
        let at = if self.what.has_no_time() { self.at.max(at) } else { self.at };
        Self { at, ..self }
    }
}
