//! What others are to know of a lead by now: whoever sent it, whether it is paid for; whoever got it, that its return is refused.
//!
//! It follows from the lead as it is, so it can be asked for at any time, and what has changed twice is told once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Event, EventKind};
use crate::{
    answer::UNRECOGNISED,
    id::{DeliveryRef, LeadId},
    lead::{Approval, DELETED, DeliveryState, Lead, PayoutState, ReturnState, SoldStatus},
    money::{Money, MoneyError, compact},
    words::{MAX_REASON, TURNS_ROUND, shortened_line},
};

/// The code where no delivery says why: there was none to take the lead.
const NO_BUYER: &str = "no_buyer";
/// What names of claims, and of edits, that come by feedback begin with.
const CLAIMED: &str = "feedback-";
/// The code where it could not be handed over.
const NOT_DELIVERED: &str = "not_delivered";

/// Whether a lead is paid for, and why not; or that it is not taken back.
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
    /// Who got it has asked for its return, and the seller does not take it back: the sale stands.
    ReturnRefused {
        /// The how manieth return of its sale it is.
        #[serde(rename = "n")]
        number: u8,
        /// What it is called by who got it. It stays when the lead is deleted, as it names nobody.
        #[serde(rename = "l")]
        theirs: LeadId,
        /// `refused`; or `undone`, after it had been taken back.
        #[serde(rename = "c")]
        code: ReturnState,
        /// What the seller said of it.
        #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
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
            // Somebody else may be about to buy it.
            PayoutState::Reversed if lead.sold_status() == SoldStatus::Open => None,
            // Also where a sale stands of which its supplier has no share.
            PayoutState::Reversed => Some(taken_back(lead, told)),
            PayoutState::Pending => why_unsold(lead).map(|code| Self::Unsold { code: plain(&code) }),
        };
        let is_news = |word: &Self| match (word, told) {
            // Why it did not sell does not matter twice.
            (Self::Unsold { .. }, Some(Self::Unsold { .. })) => false,
            (word, told) => Some(word) != told,
        };
        Ok(word.filter(is_news))
    }

    /// What is to be told of a lead to who got it by this delivery, and was told `told` last: that the return is refused which it asked for by
    /// feedback. One that was refused at once it knows from the answer; one that it asks for again is decided anew.
    pub fn of_return(lead: &Lead, did: &DeliveryRef, told: Option<&Self>) -> Option<Self> {
        let (_, _, sale) = lead.sales().find(|(of, ..)| *of == did)?;
        let back = sale.returned.as_deref().filter(|back| is_asked_by_feedback(back.order.as_deref(), did))?;
        let code = match back.state {
            ReturnState::Refused | ReturnState::Undone => back.state,
            ReturnState::Requested | ReturnState::Approved => return None,
        };
        // Only another installation's own id is one that it knows the lead by.
        let theirs = sale.reference.as_deref()?.parse().ok()?;
        let why = back.why.as_deref().map(plain).filter(|why| !why.is_empty());
        let word = Self::ReturnRefused { number: back.number, theirs, code, why };
        Some(word).filter(|word| told.is_none_or(|told| !word.is_same(told)))
    }

    /// Whether it is of a return that is no longer the last one of its sale: what became of that one is what counts.
    pub(super) fn is_overtaken(&self, lead: &Lead, did: &DeliveryRef) -> bool {
        let last = lead.sale(did).ok().and_then(|sale| sale.returned.as_deref());
        match self {
            Self::ReturnRefused { number, .. } => last.is_some_and(|back| back.number > *number),
            Self::Sold { .. } | Self::Unsold { .. } | Self::Returned { .. } => false,
        }
    }

    /// Whether it says the same: of a return, in whatever words.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ReturnRefused { number: one, .. }, Self::ReturnRefused { number: other, .. }) => one == other,
            (one, other) => one == other,
        }
    }

    /// The same, without why: its lead is deleted.
    #[must_use]
    pub(super) fn without_words(&self) -> Self {
        match self {
            Self::Sold { revenue } => Self::Sold { revenue: *revenue },
            Self::Unsold { .. } => Self::Unsold { code: DELETED.to_owned() },
            // A code of the account's, and no words.
            Self::Returned { code } => Self::Returned { code: code.clone() },
            Self::ReturnRefused { number, theirs, code, .. } => {
                Self::ReturnRefused { number: *number, theirs: *theirs, code: *code, why: None }
            }
        }
    }

    /// What it says in one word.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Sold { .. } => EventKind::Sold,
            Self::Unsold { .. } => EventKind::Unsold,
            Self::Returned { .. } => EventKind::Returned,
            Self::ReturnRefused { .. } => EventKind::ReturnRefused,
        }
    }

    /// What the lead is called by who is told, where the word itself says so.
    pub fn theirs(&self) -> Option<LeadId> {
        match self {
            Self::ReturnRefused { theirs, .. } => Some(*theirs),
            Self::Sold { .. } | Self::Unsold { .. } | Self::Returned { .. } => None,
        }
    }

    /// The word as an event of our lead, which who is told calls so.
    pub(super) fn event(&self, lead: LeadId, lead_ref: &str, at: Timestamp) -> Event {
        let (code, reason, revenue) = match self {
            Self::Sold { revenue } => (None, None, Some(*revenue)),
            // What had no meaning here may have one there.
            Self::Unsold { code } | Self::Returned { code } => {
                (Some(raw_code(code).to_owned()), Some(code.clone()), None)
            }
            Self::ReturnRefused { code, why, .. } => (Some(code.word().to_owned()), why.clone(), None),
        };
        let (lead_ref, reference) = (lead_ref.to_owned(), Some(lead.to_string()));
        Event { lead_ref, reference, event: self.kind(), code, reason, revenue, at: Some(at) }
    }
}

/// What the claim or the edit is called that who got a lead by this delivery makes by feedback, under an id of this hash: said again, it finds
/// itself.
pub fn event_order(did: &DeliveryRef, id: &str) -> String {
    format!("{CLAIMED}{did}-{id}")
}

fn is_asked_by_feedback(order: Option<&str>, did: &DeliveryRef) -> bool {
    let of = |order: &str| order.strip_prefix(CLAIMED)?.strip_prefix(did.as_str())?.starts_with('-').then_some(());
    order.and_then(of).is_some()
}

/// Who was never told that it is paid for has nothing to give back.
fn taken_back(lead: &Lead, told: Option<&Word>) -> Word {
    let returns = lead.sales().filter_map(|(.., sale)| sale.returned.as_ref());
    let last = returns.filter_map(|back| Some((back.taken.as_ref()?.at, &back.reason))).max_by_key(|(at, _)| *at);
    let code = last.map_or_else(|| NO_BUYER.to_owned(), |(_, reason)| plain(reason));
    match told {
        Some(Word::Sold { .. } | Word::Returned { .. }) => Word::Returned { code },
        Some(Word::Unsold { .. } | Word::ReturnRefused { .. }) | None => Word::Unsold { code },
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

/// Others' words on one line, and in their own direction: what somebody answers may be anything.
pub(super) fn plain(reason: &str) -> String {
    shortened_line(&reason.replace(TURNS_ROUND, ""), MAX_REASON)
}

/// The code that a buyer gave, where it has no meaning here.
fn raw_code(reason: &str) -> &str {
    let inner = reason.strip_prefix(UNRECOGNISED).and_then(|rest| rest.strip_prefix(" (")?.strip_suffix(')'));
    inner.filter(|code| !code.is_empty()).unwrap_or(reason)
}
