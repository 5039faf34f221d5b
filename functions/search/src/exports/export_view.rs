//! An export, as it is shown.

use domain::{id::LeadExportId, time::rfc3339};
use jiff::Timestamp;
use lambda::search_form::SearchForm;
use serde::Serialize;
use store::{LeadExport, LeadExportState};
use utoipa::ToSchema;

/// The file was there, and is not any more.
const EXPIRED: &str = "expired";

/// A search whose leads are written into a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LeadExport)]
pub(crate) struct ExportView {
    export_id: LeadExportId,
    /// `queued`, `running`, `done`, `failed`; a week later `expired`.
    #[schema(value_type = String, example = "running")]
    state: &'static str,
    /// What was asked for; without `q` and `field` once it is over, as these may name a person.
    search: SearchForm,
    /// How many leads were named instead, in a bulk job; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    named: Option<usize>,
    /// When it was asked for: leads that came in later are not in it.
    created_at: String,
    /// When it last got further.
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// Leads that are written so far.
    rows: u64,
    bytes: u64,
    /// Leads that are left out, as they cannot be read; absent: none.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false)]
    unreadable: u64,
    /// Why there is no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<ExportFailureView>,
    /// Until when its file is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Leads to the file, for a quarter of an hour; only one export alone has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Why an export came to no file.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LeadExportFailure)]
struct ExportFailureView {
    /// `too_many`.
    code: String,
    detail: String,
}

impl ExportView {
    /// As it is at `now`, with the way to its file.
    pub(crate) fn new(export: &LeadExport, url: Option<String>, now: Timestamp) -> Self {
        let failed = match &export.state {
            LeadExportState::Failed { code, detail } => {
                Some(ExportFailureView { code: code.clone(), detail: detail.clone() })
            }
            LeadExportState::Queued | LeadExportState::Running | LeadExportState::Done => None,
        };
        let kept_until = export.kept_until();
        let is_over = kept_until.is_some_and(|until| until <= now);
        Self {
            export_id: export.id,
            state: if is_over { EXPIRED } else { export.state.word() },
            // What an older version of the form allowed is left out rather than hide the export.
            search: serde_json::from_value(export.asked.clone()).unwrap_or_default(),
            named: export.named.as_ref().map(Vec::len),
            created_at: rfc3339(export.created),
            updated_at: rfc3339(export.updated),
            ended_at: export.ended_at.map(rfc3339),
            rows: export.rows,
            bytes: export.bytes,
            unreadable: export.unreadable,
            failed,
            expires_at: kept_until.map(rfc3339),
            url,
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
