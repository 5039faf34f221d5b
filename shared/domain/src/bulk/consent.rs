//! What orders that people are written to, or not, have in common: the ways to write to somebody, and what is said of a lead's person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{
    consent::{How, MAX_TOLD_CHARS, Speaker, Word},
    lead::{Actor, Channel, Lead},
    setup::Invalid,
    words::one_line,
};

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

impl Channels {
    pub(super) fn each(self) -> &'static [Channel] {
        match self {
            Self::All => &Channel::ALL,
            Self::Email => &[Channel::Email],
            Self::Sms => &[Channel::Sms],
        }
    }
}

pub(super) fn check_told(told: Option<&str>) -> Vec<Invalid> {
    told.and_then(|told| one_line("told", told, MAX_TOLD_CHARS).err()).into_iter().collect()
}

/// The same is said of the lead's person, in these ways.
pub(super) fn said(
    lead: &Lead,
    channels: Channels,
    yes: bool,
    told: Option<&str>,
    ordered: &Ordered<'_>,
) -> Result<Change, Refusal> {
    let by = Speaker::Actor(Actor::with_job(ordered.job));
    // What the job has said of the person itself, before it died, is still to be said of the lead.
    let after = lead.on_consent_said(channels.each(), yes, &ordered.spoken.not_by(&by), ordered.now)?;
    if after == *lead {
        return Err(Refusal::unchanged());
    }
    let news = after.said.get(lead.said.len()..).unwrap_or_default();
    let contacts = news.iter().filter_map(|said| lead.contact(said.channel)).collect();
    let word = Word { yes, at: ordered.now, by, how: How::Bulk, told: told.map(str::to_owned) };
    Ok(Change::of(after, Then::Say { contacts, word, seen: ordered.spoken.clone() }))
}
