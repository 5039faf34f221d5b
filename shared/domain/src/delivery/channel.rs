//! How a delivery hands a lead over: what all kinds have in common. Each kind is a file of this room.

mod email;
mod file;
mod http;
mod l2l;
mod schema;
mod store;
mod transfer;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::{
    email::EmailChannel,
    file::{Column, Every, FileChannel, FilePeriod},
    http::HttpChannel,
    l2l::L2lChannel,
    store::StoreChannel,
    transfer::{MAX_TRANSFERS, NoTransfer, TransferChannel},
};
use crate::{
    answer::AnswerRules,
    campaign::Campaign,
    id::CampaignRef,
    setup::{Invalid, Link},
    template::ValueTemplate,
};

/// Without a request, handing a lead over takes no time; but between its intent and its outcome some goes by.
const WITHOUT_REQUEST: SignedDuration = SignedDuration::from_secs(5);

/// How a delivery hands a lead over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Channel {
    /// A request to the buyer's endpoint, and its answer.
    Http(Box<HttpChannel>),
    /// No request: the buyer collects its leads from here.
    Store(StoreChannel),
    /// An e-mail.
    Email(Box<EmailChannel>),
    /// A row of a file that the buyer fetches.
    File(Box<FileChannel>),
    /// No request: the lead goes into another campaign.
    Transfer(Box<TransferChannel>),
    /// A request to another installation, which says later whether it has sold the lead.
    L2l(Box<L2lChannel>),
}

/// What each kind says of itself; the defaults are those of a kind that makes no request.
pub(super) trait ChannelKind {
    /// The longest that handing over may take.
    fn timeout(&self) -> SignedDuration {
        WITHOUT_REQUEST
    }

    /// Whether the other side recognises a repeat, so that what was not answered may be sent again.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Where requests go, with its place in the delivery.
    fn endpoint(&self) -> Option<(&'static str, &Url)> {
        None
    }

    /// How answers read.
    fn answer(&self) -> Option<&AnswerRules> {
        None
    }

    /// Whether who is asked may name the price.
    fn names_price(&self) -> bool {
        self.answer().is_some_and(|rules| rules.price.is_some())
    }

    /// All templates, each with its place in the delivery.
    fn templates(&self) -> Vec<(String, &ValueTemplate)> {
        Vec::new()
    }

    /// The records it points to.
    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    /// Finds what does not fit a campaign that it puts leads into.
    fn check_target(&self, _target: &Campaign) -> Vec<Invalid> {
        Vec::new()
    }

    /// Finds what could never be handed over; `own` is the campaign whose leads it gets.
    fn check(&self, own: &CampaignRef, found: &mut Vec<Invalid>);

    /// Takes its secrets out.
    fn forget_secrets(&mut self) {}
}

impl Channel {
    /// The word for its kind: `http`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Store(_) => "store",
            Self::Email(_) => "email",
            Self::File(_) => "file",
            Self::Transfer(_) => "transfer",
            Self::L2l(_) => "l2l",
        }
    }

    pub(super) fn kind(&self) -> &dyn ChannelKind {
        match self {
            Self::Http(http) => http.as_ref(),
            Self::Store(store) => store,
            Self::Email(email) => email.as_ref(),
            Self::File(file) => file.as_ref(),
            Self::Transfer(transfer) => transfer.as_ref(),
            Self::L2l(l2l) => l2l.as_ref(),
        }
    }

    pub(super) fn kind_mut(&mut self) -> &mut dyn ChannelKind {
        match self {
            Self::Http(http) => http.as_mut(),
            Self::Store(store) => store,
            Self::Email(email) => email.as_mut(),
            Self::File(file) => file.as_mut(),
            Self::Transfer(transfer) => transfer.as_mut(),
            Self::L2l(l2l) => l2l.as_mut(),
        }
    }

    /// Takes over the stored secrets where none are given and the kind is the same. Only requests have some.
    pub(super) fn keep_secrets_of(&mut self, stored: &Self) -> Vec<Invalid> {
        match (self, stored) {
            (Self::Http(own), Self::Http(stored)) => own.keep_secrets_of(stored),
            (Self::L2l(own), Self::L2l(stored)) => own.keep_secrets_of(stored),
            (Self::Http(_) | Self::Store(_) | Self::Email(_) | Self::File(_) | Self::Transfer(_) | Self::L2l(_), _) => {
                Vec::new()
            }
        }
    }
}
