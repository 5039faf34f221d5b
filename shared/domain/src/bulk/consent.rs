//! People are not to be written to any more, or may be again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::lead::{Channel, Lead};

/// Its person is not to be written to any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkUnsubscribe)]
pub struct Unsubscribe {
    /// In which way; in none without it.
    pub from: Channels,
}

/// Its person may be written to again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkResubscribe)]
pub struct Resubscribe {
    /// In which way; in all without it.
    pub to: Channels,
}

/// Ways to write to somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// All of them.
    #[default]
    All,
    /// E-mail alone.
    Email,
    /// Text messages alone.
    Sms,
}

impl Unsubscribe {
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        said(lead, self.from, false, ordered)
    }
}

impl Resubscribe {
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        said(lead, self.to, true, ordered)
    }
}

impl Channels {
    fn each(self) -> &'static [Channel] {
        match self {
            Self::All => &Channel::ALL,
            Self::Email => &[Channel::Email],
            Self::Sms => &[Channel::Sms],
        }
    }
}

fn said(lead: &Lead, channels: Channels, yes: bool, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
    let after = lead.on_consent_said(channels.each(), yes, ordered.now)?;
    if after == *lead { Err(Refusal::unchanged()) } else { Ok(Change::of(after, Then::Nothing)) }
}
