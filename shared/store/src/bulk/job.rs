//! What is known of a bulk job.

use std::collections::BTreeMap;

use domain::{
    bulk::{Action, Effect},
    id::{BulkJobId, KeyId},
    lead::Channel,
    money::MoneyError,
    query::LeadQuery,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chunk::BulkOutcome;
use crate::RequestHash;

/// Something that is done to many leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkJob {
    /// What it is called; leads that it has changed know it by this.
    #[serde(rename = "i")]
    pub id: BulkJobId,
    /// The key that asked for it.
    #[serde(rename = "by")]
    pub by: KeyId,
    /// Hash of what was asked, to tell a repeat from an id used again.
    #[serde(rename = "h")]
    pub request: RequestHash,
    /// What is to be done.
    #[serde(rename = "ac")]
    pub action: Action,
    /// To which leads.
    #[serde(rename = "w")]
    pub wanted: Wanted,
    /// Whose leads they are, by the keyed hashes of its contacts, if a person is erased; it goes with the job's end.
    #[serde(rename = "pn", default, skip_serializing_if = "Vec::is_empty")]
    pub person: Vec<(Channel, String)>,
    /// It is only looked at what would be done.
    #[serde(rename = "dr", default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// When it was asked for.
    #[serde(rename = "at", with = "domain::time")]
    pub created: Timestamp,
    /// When it last got further.
    #[serde(rename = "up", with = "domain::time")]
    pub updated: Timestamp,
    /// How far it is.
    #[serde(rename = "st")]
    pub state: BulkJobState,
    /// Somebody wants it to stop.
    #[serde(rename = "cn", default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// Leads that are written down as its own.
    #[serde(rename = "n", default)]
    pub total: u64,
    /// Leads that may be meant, and are left out, as their rows cannot be read.
    #[serde(rename = "un", default, skip_serializing_if = "is_zero")]
    pub unreadable: u64,
    /// What became of those that it is through with.
    #[serde(rename = "y", default)]
    pub tally: BulkTally,
    /// While leads are looked for: behind which to go on.
    #[serde(rename = "af", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The rows that its leads are written down in, as far as they are found.
    #[serde(rename = "ch", default)]
    pub chunks: u32,
    /// The first so many of these it is through with.
    #[serde(rename = "c", default)]
    pub chunks_done: u32,
    /// When it came to its end.
    #[serde(rename = "en", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub ended_at: Option<Timestamp>,
    /// Until when somebody holds it; none: nobody does.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub lease_until: Option<Timestamp>,
    /// Drawn by who took it last: it tells apart who take it in the same moment.
    #[serde(rename = "ho", default)]
    pub holder: u64,
    /// How often it was written; [`crate::Store::save_bulk_job`] counts.
    #[serde(rename = "v")]
    pub version: u64,
}

/// Which leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Those that are named; they are written down already.
    Ids,
    /// All that a search finds of those that had come in when the job was asked for.
    Search {
        /// What it means.
        #[serde(rename = "q")]
        query: Box<LeadQuery>,
        /// The same as it was asked; what that says is the API's own.
        #[serde(rename = "f")]
        asked: serde_json::Value,
    },
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum BulkJobState {
    /// Its leads are looked for; none is changed yet.
    Selecting,
    /// Its leads are changed, one after the other.
    Running,
    /// It is through with all of them.
    Done,
    /// It was called off before that.
    Cancelled,
    /// No lead was changed.
    Failed {
        /// Why, for programs.
        #[serde(rename = "c")]
        code: String,
        /// Why, for people, with what to do.
        #[serde(rename = "d")]
        detail: String,
    },
}

/// What became of leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkTally {
    /// Those that were changed, or would be.
    #[serde(rename = "c")]
    pub changed: u64,
    /// Those that are left as they are, and why is known.
    #[serde(rename = "s")]
    pub skipped: u64,
    /// How many of these, by the codes of why.
    #[serde(rename = "w", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped_for: BTreeMap<String, u64>,
    /// Those that could not be changed, though they should.
    #[serde(rename = "f")]
    pub failed: u64,
    /// What was moved, or would be, each currency by itself.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Effect>,
}

impl BulkJob {
    /// Whether its leads were named, and are not written down yet.
    pub fn is_unwritten(&self) -> bool {
        self.state == BulkJobState::Selecting && self.wanted == Wanted::Ids
    }

    /// Whether something may follow from it although it is through with all leads: at night, messages wait for the day, and a file is written by
    /// others, or not even begun with where the order died.
    pub(super) fn goes_on_elsewhere(&self) -> bool {
        let is_left = matches!(self.action, Action::SendMessage(_) | Action::Export(_));
        self.state == BulkJobState::Done && is_left && !self.dry_run
    }
}

impl BulkJobState {
    /// The word for it: `running`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Selecting => "selecting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Selecting | Self::Running => false,
            Self::Done | Self::Cancelled | Self::Failed { .. } => true,
        }
    }
}

impl BulkTally {
    /// Leads that the job is through with.
    pub fn done(&self) -> u64 {
        self.changed + self.skipped + self.failed
    }

    /// Counts one more.
    ///
    /// # Errors
    /// When a sum of money cannot be held; the lead is counted all the same.
    pub fn add(&mut self, outcome: &BulkOutcome) -> Result<(), MoneyError> {
        match outcome {
            BulkOutcome::Changed { moved } => {
                self.changed += 1;
                moved.map_or(Ok(()), |moved| self.move_by(moved))
            }
            BulkOutcome::Skipped { code, .. } => {
                self.skipped += 1;
                // Codes are ours, and few.
                *self.skipped_for.entry(code.clone()).or_default() += 1;
                Ok(())
            }
            BulkOutcome::Failed { .. } => {
                self.failed += 1;
                Ok(())
            }
        }
    }

    fn move_by(&mut self, moved: Effect) -> Result<(), MoneyError> {
        match self.moved.iter_mut().find(|sum| sum.revenue.currency == moved.revenue.currency) {
            Some(sum) => *sum = sum.plus(moved)?,
            None => self.moved.push(moved),
        }
        Ok(())
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
