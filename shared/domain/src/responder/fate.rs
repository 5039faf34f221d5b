//! What becomes of a step, and why an enrolment ends.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "f", rename_all = "snake_case")]
pub enum Fate {
    /// It was taken.
    Sent,
    /// It was not, and is not tried again.
    Failed {
        /// A code, or a few words of ours.
        #[serde(rename = "w")]
        reason: String,
    },
    /// Nobody knows, and it is not tried again.
    Unknown {
        /// What happened.
        #[serde(rename = "w")]
        reason: String,
    },
    /// It was passed over.
    Skipped {
        /// Why.
        #[serde(rename = "w")]
        reason: SkippedFor,
    },
}

/// Why a step is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StepSkippedFor)]
pub enum SkippedFor {
    /// Its person is not to be written to in this way.
    NoConsent,
    /// It left no such contact.
    NoContact,
    /// Its country has no time at which no zone of it is quiet.
    AlwaysQuiet,
}

/// Why an enrolment ends before its last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ResponderStoppedFor)]
pub enum StoppedFor {
    /// The lead is gone.
    Deleted,
    /// It is a test.
    Test,
    /// It is not approved, or not any more.
    NotApproved,
    /// A sale of it was taken back.
    Returned,
    /// A buyer has made a customer of its person.
    Converted,
    /// Its person is not to be written to in any way that is left.
    Unsubscribed,
    /// It left no contact that is left to be written to.
    NoContact,
    /// The responder is inactive, or gone.
    Inactive,
}

impl SkippedFor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NoConsent, Self::NoContact, Self::AlwaysQuiet];

    /// The word for it: `no_consent`.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::NoContact => "no_contact",
            Self::AlwaysQuiet => "always_quiet",
        }
    }
}

impl StoppedFor {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Deleted,
        Self::Test,
        Self::NotApproved,
        Self::Returned,
        Self::Converted,
        Self::Unsubscribed,
        Self::NoContact,
        Self::Inactive,
    ];

    /// The word for it: `returned`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Test => "test",
            Self::NotApproved => "not_approved",
            Self::Returned => "returned",
            Self::Converted => "converted",
            Self::Unsubscribed => "unsubscribed",
            Self::NoContact => "no_contact",
            Self::Inactive => "inactive",
        }
    }
}

impl Fate {
    /// The word for it: `sent`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Why, where there is a reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Sent => None,
            Self::Failed { reason } | Self::Unknown { reason } => Some(reason),
            Self::Skipped { reason } => Some(reason.word()),
        }
    }
}
