//! Events: everything about a lead that counts, each under a name of its own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::report::{Counts, Place};

/// Something that happened to a lead, and counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What it is called within its lead: `received`, `payout`, `sale#did`, `return#did`, `reversal#did`, `undone#did`,
    /// `restored#did`, `contacted#did`, `not_reached#did`, `converted#did`, `converted_value#did`, from the second return of a sale on with its number, `return#did#2`; `edit#n`, `unsold#version`,
    /// `reopened#version`. The same thing has the same name whenever it is looked at.
    #[serde(rename = "nm")]
    pub name: String,
    /// When it happened.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// When its lead came in.
    #[serde(rename = "ar", with = "crate::time")]
    pub received: Timestamp,
    /// When the sale was made that it is about; where there is none, when the lead came in.
    #[serde(rename = "as", with = "crate::time")]
    pub sold: Timestamp,
    /// Where it counts.
    #[serde(rename = "p")]
    pub place: Place,
    /// What it counts.
    #[serde(rename = "n")]
    pub counts: Counts,
    /// What it moves; none where no money is moved.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

/// What the name of a lead's coming to nothing begins with.
pub(super) const UNSOLD: &str = "unsold#";
const REOPENED: &str = "reopened#";

impl Event {
    /// What takes it back, for a lead that came to nothing and is on its way again. None for all others: they are
    /// corrected, not taken back.
    pub fn reopened(&self, at: Timestamp) -> Option<Self> {
        let version = self.name.strip_prefix(UNSOLD)?;
        let counts = Counts { rejected: -self.counts.rejected, ..Counts::default() };
        Some(Self { name: format!("{REOPENED}{version}"), at, counts, ..self.clone() })
    }

    /// What it takes back, if it is of the kind that does; when that happened is not known any more.
    pub fn takes_back(&self) -> Option<Self> {
        let version = self.name.strip_prefix(REOPENED)?;
        let counts = Counts { rejected: -self.counts.rejected, ..Counts::default() };
        Some(Self { name: format!("{UNSOLD}{version}"), counts, ..self.clone() })
    }
}
