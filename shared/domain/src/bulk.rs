//! Bulk actions: one thing that the seller wants done to many leads, each by itself.
//!
//! An [`Action`] has a file for each kind: what it takes, and what it comes to for one lead as it is. What it comes to is a [`Change`], or
//! a [`Refusal`] that says why not; dry run and real run have it from the same [`Action::plan`]. Who carries it out leaves the name of the
//! job in the lead, so that a job that is carried out again, after a crash or beside itself, changes no lead twice.

mod consent;
mod delete;
mod effect;
mod erase;
mod export;
mod join_responder;
mod payout;
mod redeliver;
mod reject;
mod release;
mod resubscribe;
mod revenue;
mod send_message;
mod take_back;
mod unsubscribe;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    consent::Channels,
    delete::Delete,
    effect::{Effect, done_by},
    erase::Erase,
    export::Export,
    join_responder::JoinResponder,
    payout::UpdatePayout,
    redeliver::Redeliver,
    reject::Reject,
    release::Release,
    resubscribe::Resubscribe,
    revenue::UpdateRevenue,
    send_message::SendMessage,
    take_back::TakeBack,
    unsubscribe::Unsubscribe,
};
use crate::{
    consent::{Contact, Spoken, Word},
    id::{BulkJobId, DeliveryRef, KeyId, ResponderRef},
    lead::{EditOrder, Ending, IllegalTransition, Lead},
    responder::Responder,
    setup::Invalid,
};

/// What is to be done to each lead, with what it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", content = "params", rename_all = "snake_case")]
pub enum Action {
    /// Deliveries that came to nothing get it once more.
    Redeliver(Redeliver),
    /// A sale is taken back.
    Return(TakeBack),
    /// What the supplier earns is put right.
    UpdatePayout(UpdatePayout),
    /// What a buyer pays is put right.
    UpdateRevenue(UpdateRevenue),
    /// It is let out of quarantine.
    Release(Release),
    /// It is turned away out of quarantine.
    Reject(Reject),
    /// Its person is not to be written to any more.
    Unsubscribe(Unsubscribe),
    /// Its person may be written to again.
    Resubscribe(Resubscribe),
    /// It is deleted.
    Delete(Delete),
    /// All leads of a person are deleted.
    Erase(Erase),
    /// It joins a responder of its campaign, from now on.
    JoinResponder(JoinResponder),
    /// Its person gets a message, once.
    SendMessage(Box<SendMessage>),
    /// It is written into a file.
    Export(Export),
}

/// Who wants it, and what leads are judged by beside the action.
#[derive(Clone, Copy, Debug)]
pub struct Ordered<'a> {
    /// The job, by whose name a change is known again.
    pub job: BulkJobId,
    /// The key that ordered it.
    pub by: &'a KeyId,
    /// The account's zone.
    pub zone: &'a TimeZone,
    /// The account's reason codes of returns.
    pub reasons: &'a [String],
    /// What was said of the lead's person.
    pub spoken: &'a Spoken,
    /// The responder that the action names, if it names one that is there.
    pub responder: Option<&'a Responder>,
    /// The time.
    pub now: Timestamp,
}

/// What an action comes to for a lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The lead as it is to be, but for what follows.
    pub after: Box<Lead>,
    /// What follows from it in the same write.
    pub then: Then,
}

/// What follows from a change: it depends on more than the lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// Its quarantine ends: if it is let go, it makes its claim again, and goes to whoever is next in line.
    EndQuarantine(Ending),
    /// A sale stands no longer: where its campaign wants that, the lead is offered to others.
    OfferAgain(DeliveryRef),
    /// The same is said of its person, whichever lead it comes by.
    Say {
        /// By each of these.
        contacts: Vec<Contact>,
        /// What.
        word: Word,
        /// What was said before, as it was known when this was planned: a yes does not undo a no that is not among it.
        seen: Spoken,
    },
    /// What lies beside it is removed.
    Erase,
    /// Its person gets the message of this job by way of it, unless it does by way of another of its leads.
    WriteOnce(BulkJobId, Contact),
    /// It joins this responder once more; unless it is still in it from the last time, by this number.
    JoinAgain(ResponderRef, u16),
}

/// Why a lead is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code for programs.
    pub code: &'static str,
    /// For people, with what to do.
    pub detail: String,
}

/// The code of a lead that is so already.
pub const UNCHANGED: &str = "unchanged";

impl Action {
    /// The word for it: `update_payout`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Redeliver(_) => "redeliver",
            Self::Return(_) => "return",
            Self::UpdatePayout(_) => "update_payout",
            Self::UpdateRevenue(_) => "update_revenue",
            Self::Release(_) => "release",
            Self::Reject(_) => "reject",
            Self::Unsubscribe(_) => "unsubscribe",
            Self::Resubscribe(_) => "resubscribe",
            Self::Delete(_) => "delete",
            Self::Erase(_) => "erase",
            Self::JoinResponder(_) => "join_responder",
            Self::SendMessage(_) => "send_message",
            Self::Export(_) => "export",
        }
    }

    /// The same without what was said of people or to them, which may name them.
    #[must_use]
    pub fn without_texts(self) -> Self {
        match self {
            Self::Return(action) => Self::Return(TakeBack { comment: None, ..action }),
            Self::Unsubscribe(action) => Self::Unsubscribe(Unsubscribe { told: None, ..action }),
            Self::Resubscribe(action) => Self::Resubscribe(Resubscribe { told: None, ..action }),
            Self::Reject(_) => Self::Reject(Reject { reason: String::new() }),
            Self::Redeliver(_)
            | Self::UpdatePayout(_)
            | Self::UpdateRevenue(_)
            | Self::Release(_)
            | Self::Delete(_)
            | Self::Erase(_)
            | Self::JoinResponder(_)
            | Self::SendMessage(_)
            | Self::Export(_) => self,
        }
    }

    /// What is wrong with what it takes, whatever the leads are. `reasons` are the account's codes of returns.
    pub fn check(&self, reasons: &[String]) -> Vec<Invalid> {
        match self {
            Self::Redeliver(action) => action.check(),
            Self::Return(action) => action.check(reasons),
            Self::UpdatePayout(action) => action.check(),
            Self::UpdateRevenue(action) => action.check(),
            Self::Release(_) | Self::Delete(_) | Self::JoinResponder(_) | Self::Export(_) => Vec::new(),
            Self::Unsubscribe(action) => action.check(),
            Self::Resubscribe(action) => action.check(),
            Self::Erase(action) => action.check(),
            Self::Reject(action) => action.check(),
            Self::SendMessage(action) => action.check(),
        }
    }

    /// Whether what people have said is asked for.
    pub fn asks_what_was_said(&self) -> bool {
        match self {
            Self::Unsubscribe(_) | Self::Resubscribe(_) | Self::JoinResponder(_) | Self::SendMessage(_) => true,
            Self::Redeliver(_)
            | Self::Return(_)
            | Self::UpdatePayout(_)
            | Self::UpdateRevenue(_)
            | Self::Release(_)
            | Self::Reject(_)
            | Self::Delete(_)
            | Self::Erase(_)
            | Self::Export(_) => false,
        }
    }

    /// The responder that it names.
    pub fn responder(&self) -> Option<&ResponderRef> {
        match self {
            Self::JoinResponder(action) => Some(&action.rid),
            Self::Redeliver(_)
            | Self::Return(_)
            | Self::UpdatePayout(_)
            | Self::UpdateRevenue(_)
            | Self::Release(_)
            | Self::Reject(_)
            | Self::Unsubscribe(_)
            | Self::Resubscribe(_)
            | Self::Delete(_)
            | Self::Erase(_)
            | Self::SendMessage(_)
            | Self::Export(_) => None,
        }
    }

    /// What it comes to for a lead as it is; nothing is done.
    ///
    /// # Errors
    /// Why the lead is left as it is.
    pub fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        match self {
            Self::Redeliver(action) => action.plan(lead, ordered),
            Self::Return(action) => action.plan(lead, ordered),
            Self::UpdatePayout(action) => action.plan(lead, ordered),
            Self::UpdateRevenue(action) => action.plan(lead, ordered),
            Self::Release(action) => action.plan(lead, ordered),
            Self::Reject(action) => action.plan(lead, ordered),
            Self::Unsubscribe(action) => action.plan(lead, ordered),
            Self::Resubscribe(action) => action.plan(lead, ordered),
            Self::Delete(action) => action.plan(lead, ordered),
            Self::Erase(action) => action.plan(lead, ordered),
            Self::JoinResponder(action) => action.plan(lead, ordered),
            Self::SendMessage(action) => action.plan(lead, ordered),
            Self::Export(action) => action.plan(lead),
        }
    }
}

impl Change {
    /// What it moves.
    ///
    /// # Errors
    /// `amount_overflow`, where a sum cannot be held.
    pub fn effect(&self, before: &Lead) -> Result<Effect, Refusal> {
        Effect::between(before, &self.after).map_err(|error| IllegalTransition::from(error).into())
    }

    fn of(after: Lead, then: Then) -> Self {
        Self { after: Box::new(after), then }
    }
}

impl Refusal {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// A person's own later word stands against it.
    pub fn superseded() -> Self {
        let detail = "The person has said no since this was ordered. Order it anew, if it has agreed after that.";
        Self::new("superseded", detail)
    }

    fn unchanged() -> Self {
        Self::new(UNCHANGED, "It is so already.")
    }
}

impl From<IllegalTransition> for Refusal {
    fn from(IllegalTransition { code, detail }: IllegalTransition) -> Self {
        Self { code, detail }
    }
}

impl<'a> Ordered<'a> {
    /// The order of an edit. One job edits a lead once, so its name is the order's.
    fn edit(&self, order: &'a str, reason: &'a str) -> EditOrder<'a> {
        EditOrder { order, by: self.by.as_str(), reason }
    }
}
