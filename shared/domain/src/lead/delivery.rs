//! One lead at one delivery: the states, and what each of them knows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Agreed, Clearing, FollowUp, LastHeard, Sale, SkipReason};
use crate::{
    cap::Counted,
    id::{AttemptId, BuyerRef},
};

/// How far a lead has got at one delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadDelivery {
    /// The buyer that pays; none: an acceptance is no sale.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// Its place in the order in which the lead was given out, from 0.
    #[serde(rename = "o")]
    pub place: u16,
    /// 1, and one more for every redelivery; messages of earlier rounds do nothing.
    #[serde(rename = "n")]
    pub round: u32,
    /// Requests written down for it over all rounds; the last one's number.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// Those of this round.
    #[serde(rename = "ar", default, skip_serializing_if = "is_zero")]
    pub attempts_in_round: u32,
    /// What it counts against while a buyer has it or may have it; none without caps.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// On which terms the buyer has it or may have it.
    #[serde(rename = "tm", default, skip_serializing_if = "Agreed::is_default")]
    pub agreed: Agreed,
    /// How far its buyer has got with the lead; none: it has not said.
    #[serde(rename = "fu", default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
    /// The last word of who got the lead that was taken; none: it has said nothing, but by its answers.
    #[serde(rename = "hd", default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<LastHeard>,
    /// When the present state began.
    #[serde(rename = "at", with = "crate::time")]
    pub since: Timestamp,
    /// The state.
    #[serde(flatten)]
    pub state: DeliveryState,
}

/// The state of one lead at one delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent; a message is on its way.
    Queued,
    /// Waiting for the delivery's opening hours.
    Held {
        /// When they begin.
        #[serde(rename = "u", with = "crate::time")]
        until: Timestamp,
    },
    /// A request may be under way. Nobody else sends before the lease ends.
    Sending {
        /// The request's id.
        #[serde(rename = "i")]
        attempt: AttemptId,
        /// When the worker that sends must have written its outcome.
        #[serde(rename = "l", with = "crate::time")]
        lease_until: Timestamp,
        /// The same request was made before, and may have been taken then.
        #[serde(rename = "db", default, skip_serializing_if = "std::ops::Not::not")]
        in_doubt: bool,
    },
    /// To be sent again.
    Retry {
        /// When.
        #[serde(rename = "u", with = "crate::time")]
        due: Timestamp,
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
    },
    /// The buyer took it.
    Accepted {
        /// At which terms.
        #[serde(flatten)]
        sale: Sale,
    },
    /// The buyer does not want it.
    Rejected {
        /// Why, in the buyer's words where it gave any.
        #[serde(rename = "w")]
        reason: String,
    },
    /// The buyer has it and says later whether it buys it.
    AwaitingFeedback {
        /// The request it will answer.
        #[serde(rename = "i")]
        attempt: AttemptId,
        /// No answer by then counts as a refusal.
        #[serde(rename = "u", with = "crate::time")]
        deadline: Timestamp,
        /// The buyer's own reference.
        #[serde(rename = "br", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// The request may have been taken; only the buyer or the seller can say.
    Unknown {
        /// The request.
        #[serde(rename = "i")]
        attempt: AttemptId,
        /// How that is to be cleared up.
        #[serde(rename = "cl")]
        clearing: Clearing,
        /// What happened.
        #[serde(rename = "w")]
        reason: String,
    },
    /// Attempts are used up, or it cannot be sent at all.
    Failed {
        /// What went wrong the last time.
        #[serde(rename = "w")]
        reason: String,
    },
    /// Never tried.
    Skipped {
        /// Why.
        #[serde(rename = "w")]
        reason: SkipReason,
    },
}

/// What a state means for the rest of the lead: five answers to most questions about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A request is still to be made, the first one or another.
    Waiting,
    /// A request may be under way.
    Asking,
    /// The buyer has the lead or may have it, and nobody knows yet whether it buys it.
    Undecided,
    /// The lead was accepted: with a buyer, it is a sale.
    Accepted,
    /// Nobody has the lead through it, and nothing is to come.
    CameToNothing,
}

impl LeadDelivery {
    /// Whether it was passed over without ever having been asked, in no round.
    pub fn was_never_asked(&self) -> bool {
        self.attempts == 0 && self.state.is_skipped()
    }
}

impl DeliveryState {
    /// The word for it: `queued`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held { .. } => "held",
            Self::Sending { .. } => "sending",
            Self::Retry { .. } => "retry",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::AwaitingFeedback { .. } => "awaiting_feedback",
            Self::Unknown { .. } => "unknown",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// What it means for the rest of the lead.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Queued | Self::Held { .. } | Self::Retry { .. } => Stage::Waiting,
            Self::Sending { .. } => Stage::Asking,
            Self::AwaitingFeedback { .. } | Self::Unknown { .. } => Stage::Undecided,
            Self::Accepted { .. } => Stage::Accepted,
            Self::Rejected { .. } | Self::Failed { .. } | Self::Skipped { .. } => Stage::CameToNothing,
        }
    }

    /// Whether something is still to happen without anybody asking for it.
    pub fn is_in_motion(&self) -> bool {
        match self.stage() {
            Stage::Waiting | Stage::Asking | Stage::Undecided => true,
            Stage::Accepted | Stage::CameToNothing => false,
        }
    }

    /// Whether the lead was passed over here.
    pub fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped { .. })
    }

    /// The request that it is about, while the buyer has the lead or may have it.
    pub fn open_attempt(&self) -> Option<AttemptId> {
        match self {
            Self::Sending { attempt, .. }
            | Self::Unknown { attempt, .. }
            | Self::AwaitingFeedback { attempt, .. }
            | Self::Accepted { sale: Sale { attempt, .. } } => Some(*attempt),
            Self::Queued
            | Self::Held { .. }
            | Self::Retry { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. }
            | Self::Skipped { .. } => None,
        }
    }

    /// Since when only the seller can say what became of a request; none: somebody else still may, or it is known.
    pub fn decision_needed_since(&self) -> Option<Timestamp> {
        if let Self::Unknown { clearing: Clearing::BySeller(since), .. } = self { Some(*since) } else { None }
    }

    /// Whether a request is under way that was made before, and may have been taken then.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Sending { in_doubt: true, .. })
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
