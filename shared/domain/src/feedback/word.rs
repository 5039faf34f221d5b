//! What whoever sent us a lead is to know of it by now: whether it is paid for.
//!
//! It follows from the lead as it is, so it can be asked for at any time, and what has changed twice is told once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Event, EventKind};
use crate::{
    answer::UNRECOGNISED,
    lead::{Approval, DELETED, DeliveryState, Lead, PayoutState, SoldStatus},
    money::{Money, MoneyError, compact},
    words::{MAX_REASON, TURNS_ROUND, shortened_line},
};

/// The code where no delivery says why: there was none to take the lead.
const NO_BUYER: &str = "no_buyer";
/// The code where it could not be handed over.
const NOT_DELIVERED: &str = "not_delivered";

/// Whether a lead is paid for, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "w", rename_all = "snake_case")]
pub enum Word {
    /// It is: this much in all.
    Sold {
        /// What its supplier earns.
        #[serde(rename = "a", with = "compact")]
        revenue: Money,
    },
    /// It is not.
    Unsold {
        /// Why.
        #[serde(rename = "c")]
        code: String,
    },
    /// It was, and what was earned is taken back.
    Returned {
        /// The code of why.
        #[serde(rename = "c")]
        code: String,
    },
}

impl Word {
    /// What is to be told of a lead of which `told` was told last; none: nothing is, or not yet.
    ///
    /// # Errors
    /// When an amount cannot be held.
    pub fn of(lead: &Lead, told: Option<&Self>) -> Result<Option<Self>, MoneyError> {
        let word = match lead.payout.state {
            PayoutState::Earned => Some(Self::Sold { revenue: lead.earned_payout()? }),
            PayoutState::Reversed if lead.sold_status() == SoldStatus::Returned => Some(taken_back(lead, told)),
            // Somebody else may be about to buy it.
            PayoutState::Reversed => None,
            PayoutState::Pending => why_unsold(lead).map(|code| Self::Unsold { code: plain(&code) }),
        };
        let is_news = |word: &Self| match (word, told) {
            // Why it did not sell does not matter twice.
            (Self::Unsold { .. }, Some(Self::Unsold { .. })) => false,
            (word, told) => Some(word) != told,
        };
        Ok(word.filter(is_news))
    }

    /// The same, without why: its lead is deleted.
    #[must_use]
    pub(super) fn without_words(&self) -> Self {
        match self {
            Self::Sold { revenue } => Self::Sold { revenue: *revenue },
            Self::Unsold { .. } => Self::Unsold { code: DELETED.to_owned() },
            // A code of the account's, and no words.
            Self::Returned { code } => Self::Returned { code: code.clone() },
        }
    }

    /// What it says in one word.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Sold { .. } => EventKind::Sold,
            Self::Unsold { .. } => EventKind::Unsold,
            Self::Returned { .. } => EventKind::Returned,
        }
    }

    /// The word as an event of a lead that is called so by its supplier.
    pub(super) fn event(&self, lead: &Lead, lead_ref: &str, at: Timestamp) -> Event {
        let (reason, revenue) = match self {
            Self::Sold { revenue } => (None, Some(*revenue)),
            Self::Unsold { code } | Self::Returned { code } => (Some(code.clone()), None),
        };
        // What had no meaning here may have one there.
        let code = reason.as_deref().map(|reason| raw_code(reason).to_owned());
        let (lead_ref, reference) = (lead_ref.to_owned(), Some(lead.id.to_string()));
        Event { lead_ref, reference, event: self.kind(), code, reason, revenue, at: Some(at) }
    }
}

/// Who was never told that it is paid for has nothing to give back.
fn taken_back(lead: &Lead, told: Option<&Word>) -> Word {
    let returns = lead.sales().filter_map(|(.., sale)| sale.returned.as_ref());
    let last = returns.filter_map(|back| Some((back.taken.as_ref()?.at, &back.reason))).max_by_key(|(at, _)| *at);
    let code = last.map_or_else(|| NO_BUYER.to_owned(), |(_, reason)| plain(reason));
    match told {
        Some(Word::Sold { .. } | Word::Returned { .. }) => Word::Returned { code },
        Some(Word::Unsold { .. }) | None => Word::Unsold { code },
    }
}

/// Why nobody has bought it; none: somebody still may, or who sent it has been told by the answer to that.
fn why_unsold(lead: &Lead) -> Option<String> {
    if lead.test || lead.sold_status() != SoldStatus::Unsold {
        return None;
    }
    if let Approval::Rejected { code, .. } = &lead.approval {
        return (lead.quarantines > 0).then(|| code.code().to_string());
    }
    let refused = lead.deliveries.values().filter_map(|delivery| match &delivery.state {
        DeliveryState::Rejected { reason } => Some((delivery.since, reason)),
        DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Retry { .. }
        | DeliveryState::Accepted { .. }
        | DeliveryState::AwaitingFeedback { .. }
        | DeliveryState::Unknown { .. }
        | DeliveryState::Failed { .. }
        | DeliveryState::Skipped { .. } => None,
    });
    let last = refused.max_by_key(|(since, _)| *since).map(|(_, reason)| reason.clone());
    let was_asked = lead.deliveries.values().any(|delivery| delivery.attempts > 0);
    Some(last.unwrap_or_else(|| if was_asked { NOT_DELIVERED } else { NO_BUYER }.to_owned()))
}

/// A reason on one line, and in its own direction: what a buyer answers may be anything.
fn plain(reason: &str) -> String {
    shortened_line(&reason.replace(TURNS_ROUND, ""), MAX_REASON)
}

/// The code that a buyer gave, where it has no meaning here.
fn raw_code(reason: &str) -> &str {
    let inner = reason.strip_prefix(UNRECOGNISED).and_then(|rest| rest.strip_prefix(" (")?.strip_suffix(')'));
    inner.filter(|code| !code.is_empty()).unwrap_or(reason)
}
