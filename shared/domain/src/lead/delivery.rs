//! One lead at one delivery: the states, and what each of them knows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Agreed, Clearing, Return, SkipReason};
use crate::{
    cap::Counted,
    id::{AttemptId, BuyerRef},
    money::{self, Money},
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

/// One buyer accepted one lead at a price. Without a buyer it is a delivery only, at no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The request that was accepted.
    #[serde(rename = "i")]
    pub attempt: AttemptId,
    /// What the buyer pays, as it is by now.
    #[serde(rename = "pr", with = "money::compact")]
    pub price: Money,
    /// How many sales the lead had before it.
    #[serde(rename = "or", default, skip_serializing_if = "is_first")]
    pub ordinal: u8,
    /// What the supplier earned with it; none: nothing, or it had earned its payout before.
    #[serde(rename = "po", default, skip_serializing_if = "Option::is_none", with = "money::compact::optional")]
    pub payout: Option<Money>,
    /// With it, a payout is earned again that was taken back.
    #[serde(rename = "re", default, skip_serializing_if = "std::ops::Not::not")]
    pub restores: bool,
    /// The buyer's own reference.
    #[serde(rename = "br", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where the buyer wants the person to be sent on to: `http` or `https`, at most 500 characters.
    #[serde(rename = "ru", default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// When it was sold.
    #[serde(rename = "sa", with = "crate::time")]
    pub sold_at: Timestamp,
    /// The buyer wants it taken back.
    #[serde(rename = "rt", default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<Return>,
}

impl Sale {
    /// Whether the sale still counts: it does until a return of it is approved.
    pub fn stands(&self) -> bool {
        self.returned.as_ref().is_none_or(|back| !back.is_approved())
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

    /// Whether something is still to happen without anybody asking for it.
    pub fn is_in_motion(&self) -> bool {
        match self {
            Self::Queued
            | Self::Held { .. }
            | Self::Sending { .. }
            | Self::Retry { .. }
            | Self::AwaitingFeedback { .. }
            | Self::Unknown { .. } => true,
            Self::Accepted { .. } | Self::Rejected { .. } | Self::Failed { .. } | Self::Skipped { .. } => false,
        }
    }

    /// Whether it takes up one of the lead's sales: it is sold, or may be by now. A returned sale keeps its place: a lead
    /// that was sold and came back is not handed on as if nobody had had it.
    pub fn occupies_slot(&self) -> bool {
        match self {
            Self::Accepted { .. } | Self::Sending { .. } | Self::Unknown { .. } | Self::AwaitingFeedback { .. } => true,
            Self::Queued
            | Self::Held { .. }
            | Self::Retry { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. }
            | Self::Skipped { .. } => false,
        }
    }

    /// The request that it is about, while the buyer has the lead or may have it.
    pub fn open_attempt(&self) -> Option<AttemptId> {
        match self {
            Self::Sending { attempt, .. } | Self::Unknown { attempt, .. } | Self::AwaitingFeedback { attempt, .. } => {
                Some(*attempt)
            }
            Self::Accepted { sale } => Some(sale.attempt),
            Self::Queued
            | Self::Held { .. }
            | Self::Retry { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. }
            | Self::Skipped { .. } => None,
        }
    }

    /// Whether a request is under way that was made before, and may have been taken then.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Sending { in_doubt: true, .. })
    }

    /// The sale, if there is one.
    pub fn sale(&self) -> Option<&Sale> {
        if let Self::Accepted { sale } = self { Some(sale) } else { None }
    }
}

fn is_first(ordinal: &u8) -> bool {
    *ordinal == 0
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
