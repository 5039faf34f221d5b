//! A person on the list, as the seller sees it.

use domain::{
    consent::{How, Speaker, Word},
    lead::Channel,
    suppression::SuppressionStatus,
    time::rfc3339,
};
use jiff::Timestamp;
use serde::Serialize;
use store::PersonConsent;
use utoipa::ToSchema;

/// A person of whom something was said, and what holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suppression)]
pub(super) struct Suppression {
    channel: Channel,
    /// The e-mail address, or the phone in E.164; absent when a lead of the person was deleted, or nothing else was ever known.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// What the person is known by: a keyed hash of the contact.
    hash: String,
    #[serde(flatten)]
    said: Said,
}

/// One thing that was said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SuppressionWord)]
pub(super) struct Said {
    /// Whether the person may be written to.
    pub(super) status: SuppressionStatus,
    /// When it was said.
    #[serde(with = "domain::time")]
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Who said so: `person`, or `seller` with a key or a job.
    #[schema(value_type = String)]
    by: Speaker,
    /// By what way.
    how: How,
    /// What the person was told, or shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<String>,
}

impl From<&Word> for Said {
    fn from(word: &Word) -> Self {
        let status = SuppressionStatus::of(word.yes);
        Self { status, since: word.at, by: word.by.clone(), how: word.how, told: word.told.clone() }
    }
}

impl Suppression {
    /// What CSV calls what stands in [`Self::row`]; a list takes the same names.
    pub(super) const COLUMNS: [&'static str; 8] =
        ["channel", "contact", "status", "since", "by", "how", "told", "hash"];

    /// None: nothing was said of it.
    pub(super) fn new(person: PersonConsent) -> Option<Self> {
        let said = Said::from(person.words.last()?);
        Some(Self { channel: person.channel, contact: person.contact, hash: person.hash, said })
    }

    pub(super) fn row(&self) -> [String; 8] {
        let Said { status, since, by, how, told } = &self.said;
        [
            self.channel.word().to_owned(),
            self.contact.clone().unwrap_or_default(),
            status.word().to_owned(),
            rfc3339(*since),
            by.to_string(),
            how.word().to_owned(),
            told.clone().unwrap_or_default(),
            self.hash.clone(),
        ]
    }
}
