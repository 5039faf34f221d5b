//! What is known of an export of leads.

use domain::{
    access::Principal,
    field::FieldName,
    id::{LeadExportId, LeadId},
    query::{LeadQuery, Span},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{RequestHash, UploadState};

/// How long the file of an export is kept (`infra/template.yaml`).
pub const EXPORT_KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The code of an export that was called off.
pub const CANCELLED: &str = "cancelled";

/// A search whose leads are written into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadExport {
    /// What it is called.
    #[serde(rename = "i")]
    pub id: LeadExportId,
    /// Who asked for it, and is told what it may know.
    #[serde(rename = "by")]
    pub caller: Principal,
    /// Hash of what was asked, to tell a repeat from an id used again.
    #[serde(rename = "h")]
    pub request: RequestHash,
    /// Which leads: those that had come in when it was asked for.
    #[serde(rename = "q")]
    pub query: LeadQuery,
    /// The same as it was asked; what that says is the API's own.
    #[serde(rename = "f")]
    pub asked: serde_json::Value,
    /// Only these leads, whatever the search finds; none: all that it finds.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub named: Option<Vec<LeadId>>,
    /// When it was asked for.
    #[serde(rename = "at", with = "domain::time")]
    pub created: Timestamp,
    /// When it last got further.
    #[serde(rename = "up", with = "domain::time")]
    pub updated: Timestamp,
    /// How far it is.
    #[serde(rename = "st")]
    pub state: LeadExportState,
    /// Leads that are written.
    #[serde(rename = "n", default)]
    pub rows: u64,
    /// Bytes that they take, with the header.
    #[serde(rename = "b", default)]
    pub bytes: u64,
    /// Leads that are left out, as their rows cannot be read.
    #[serde(rename = "un", default, skip_serializing_if = "is_zero")]
    pub unreadable: u64,
    /// The campaigns' own fields that have a column; none: nobody has begun.
    #[serde(rename = "of", default, skip_serializing_if = "Option::is_none")]
    pub own_fields: Option<Vec<FieldName>>,
    /// Where to go on; none: at the beginning.
    #[serde(rename = "cp", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<ExportCheckpoint>,
    /// When it came to its end.
    #[serde(rename = "en", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub ended_at: Option<Timestamp>,
    /// Until when somebody holds it; none: nobody does.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub lease_until: Option<Timestamp>,
    /// Drawn by who took it last: it tells apart who take it in the same moment.
    #[serde(rename = "ho", default)]
    pub holder: u64,
    /// How often it was written; [`crate::Store::save_lead_export`] counts.
    #[serde(rename = "v")]
    pub version: u64,
}

/// How far an export is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum LeadExportState {
    /// Nobody has begun.
    Queued,
    /// Leads are written.
    Running,
    /// The file is there.
    Done,
    /// There will be no file.
    Failed {
        /// Why, for programs.
        #[serde(rename = "c")]
        code: String,
        /// Why, for people, with what to do.
        #[serde(rename = "d")]
        detail: String,
    },
}

/// Where to go on with an export: all that was written up to here is in the bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCheckpoint {
    /// Behind which lead; none: all leads are written.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many leads are written.
    #[serde(rename = "n")]
    pub rows: u64,
    /// How many bytes they take.
    #[serde(rename = "b")]
    pub bytes: u64,
    /// How many are left out.
    #[serde(rename = "un", default, skip_serializing_if = "is_zero")]
    pub unreadable: u64,
    /// The parts of the file that are uploaded.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadState>,
    /// Where in the bucket the rows behind the parts are.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
}

impl LeadExport {
    /// One that nobody has begun with, of the leads that have come in by now.
    pub fn new(
        id: LeadExportId,
        caller: Principal,
        (query, asked): (LeadQuery, serde_json::Value),
        request: RequestHash,
        now: Timestamp,
    ) -> Self {
        let received = Span { until: query.received.until.min(now), ..query.received };
        Self {
            id,
            caller,
            request,
            query: LeadQuery { received, ..query },
            asked,
            named: None,
            created: now,
            updated: now,
            state: LeadExportState::Queued,
            rows: 0,
            bytes: 0,
            unreadable: 0,
            own_fields: None,
            checkpoint: None,
            ended_at: None,
            lease_until: None,
            holder: 0,
            version: 1,
        }
    }

    /// The same of these leads alone.
    #[must_use]
    pub fn of_named(self, leads: Vec<LeadId>) -> Self {
        Self { named: Some(leads), ..self }
    }

    /// The same, called off. What was searched for may name a person, and is kept no longer than it is needed; what that was in the API's words
    /// is the API's to forget, so nothing of it is left.
    pub(super) fn cancelled(self, now: Timestamp) -> Self {
        let detail = "It was called off.".to_owned();
        let state = LeadExportState::Failed { code: CANCELLED.to_owned(), detail };
        let (query, asked) = (self.query.without_texts(), serde_json::json!({}));
        Self { query, asked, state, updated: now, ended_at: Some(now), checkpoint: None, lease_until: None, ..self }
    }

    /// Whether its message is to be sent again: nobody has begun, or whoever died with it may have done so for good.
    pub fn is_left(&self, now: Timestamp) -> bool {
        match self.state {
            LeadExportState::Queued => true,
            LeadExportState::Running => self.lease_until.is_none_or(|until| until <= now),
            LeadExportState::Done | LeadExportState::Failed { .. } => false,
        }
    }

    /// Until when its file is there; none: it is not there yet, or never will be.
    pub fn kept_until(&self) -> Option<Timestamp> {
        (self.state == LeadExportState::Done).then(|| later(self.created, EXPORT_KEPT_FOR))
    }
}

impl LeadExportState {
    /// The word for it: `running`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed { .. } => "failed",
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
