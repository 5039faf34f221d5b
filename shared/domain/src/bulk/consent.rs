//! People are not to be written to any more, or may be again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{
    consent::{How, MAX_TOLD_CHARS, Speaker, Word},
    lead::{Actor, Channel, Lead},
    setup::Invalid,
    words::one_line,
};

/// Its person is not to be written to any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkUnsubscribe)]
pub struct Unsubscribe {
    /// In which way; in none without it.
    pub from: Channels,
    /// What the person was told, for whoever asks later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

/// Its person may be written to again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkResubscribe)]
pub struct Resubscribe {
    /// In which way; in all without it.
    pub to: Channels,
    /// What the person was told when it agreed, for whoever asks later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
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
    pub(super) fn check(&self) -> Vec<Invalid> {
        check_told(self.told.as_deref())
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        said(lead, self.from, false, self.told.as_deref(), ordered)
    }
}

impl Resubscribe {
    pub(super) fn check(&self) -> Vec<Invalid> {
        check_told(self.told.as_deref())
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        said(lead, self.to, true, self.told.as_deref(), ordered)
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

fn check_told(told: Option<&str>) -> Vec<Invalid> {
    told.and_then(|told| one_line("told", told, MAX_TOLD_CHARS).err()).into_iter().collect()
}

/// A long job must not take back what somebody has said while it was on its way: by whomever, and by way of whichever lead.
fn has_said_no_since(lead: &Lead, channels: Channels, ordered: &Ordered<'_>) -> bool {
    // Its id begins with the time of the order.
    let asked_at =
        i64::try_from(ordered.job.ulid().timestamp_ms()).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    let asked_at = asked_at.unwrap_or(ordered.now);
    let later_no =
        |channel: &Channel| lead.last_said(*channel, ordered.spoken).is_some_and(|(may, at)| !may && at > asked_at);
    channels.each().iter().any(later_no)
}

fn said(
    lead: &Lead,
    channels: Channels,
    yes: bool,
    told: Option<&str>,
    ordered: &Ordered<'_>,
) -> Result<Change, Refusal> {
    let by = Speaker::Actor(Actor::with_job(ordered.job));
    if yes && has_said_no_since(lead, channels, ordered) {
        let detail = "The person has said no since this was ordered. Order it anew, if it has agreed after that.";
        return Err(Refusal::new("superseded", detail));
    }
    // What the job has said of the person itself, before it died, is still to be said of the lead.
    let after = lead.on_consent_said(channels.each(), yes, &ordered.spoken.not_by(&by), ordered.now)?;
    if after == *lead {
        return Err(Refusal::unchanged());
    }
    let news = after.said.get(lead.said.len()..).unwrap_or_default();
    let contacts = news.iter().filter_map(|said| lead.contact(said.channel)).collect();
    let word = Word { yes, at: ordered.now, by, how: How::Bulk, told: told.map(str::to_owned) };
    Ok(Change::of(after, Then::Say { contacts, word }))
}
