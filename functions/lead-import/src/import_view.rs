//! A file of leads, as it is shown.

use std::collections::BTreeMap;

use domain::{
    id::{CampaignRef, LeadImportId, SupplierRef},
    lead_import::{ImportMapping, ImportOutcome},
    time::rfc3339,
};
use serde::Serialize;
use store::{ImportWay, LeadImport, LeadImportState};
use utoipa::ToSchema;

/// A file of leads.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LeadImport)]
pub(crate) struct ImportView {
    #[schema(value_type = String, example = "limp_01JCXV5A8M3Q4R5S6T7V8W9XYZ")]
    lead_import_id: LeadImportId,
    /// The supplier.
    sid: SupplierRef,
    /// The campaign.
    campid: CampaignRef,
    /// Its name, with nothing but letters, digits, dots, hyphens and underscores.
    name: String,
    /// `awaiting` its upload, `running`, `done`, `rejected` as a whole, or `repeated`: an earlier file has said the same.
    #[schema(value_type = String, example = "running")]
    state: &'static str,
    /// Whether its leads are tests: they are kept and go to nobody.
    test: bool,
    /// Whether it was only tried: its rows were judged, and nothing was kept.
    dry_run: bool,
    /// How many leads it may come to in a minute.
    per_minute: u32,
    /// Which column is which field, as was asked for.
    #[schema(value_type = BTreeMap<String, String>)]
    #[serde(skip_serializing_if = "ImportMapping::is_empty")]
    mapping: ImportMapping,
    /// When it was announced.
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// Why no row of it was read; with the code `gone`, none more: the outcomes and the result say what was done, and the same file again goes on
    /// from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<ImportRejectedView>,
    /// The earlier file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    repeats: Option<LeadImportId>,
    /// The file with the same content whose rest it is: that one was gone before all of it was read, and its result has the rows before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    continues: Option<LeadImportId>,
    /// Columns that are left out, as no field is called so.
    left_out: Vec<String>,
    /// How many of its bytes are read; of a workbook, about.
    read_bytes: u64,
    bytes: u64,
    /// Rows that are read, and how many of them say nothing.
    rows: u64,
    ignored: u64,
    /// How many rows came to what: `accepted`, `rejected`, `duplicate`, `quarantined`, `invalid_row`.
    #[schema(value_type = BTreeMap<String, u64>)]
    outcomes: BTreeMap<ImportOutcome, u64>,
    /// When its next rows become leads, where it is their turn later.
    #[serde(skip_serializing_if = "Option::is_none")]
    continues_at: Option<String>,
    /// Where the result is; for a quarter of an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_url: Option<String>,
}

/// Why a file was rejected as a whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LeadImportRejected)]
struct ImportRejectedView {
    /// For programs.
    code: String,
    /// For people, with what to do.
    detail: String,
}

impl ImportView {
    pub(crate) fn new(file: &LeadImport) -> Self {
        let (rejected, repeats) = match &file.state {
            LeadImportState::Rejected { code, detail } => {
                (Some(ImportRejectedView { code: code.clone(), detail: detail.clone() }), None)
            }
            LeadImportState::Repeated { of } => (None, Some(*of)),
            LeadImportState::Awaiting | LeadImportState::Running | LeadImportState::Done => (None, None),
        };
        let is_running = file.state == LeadImportState::Running;
        Self {
            lead_import_id: file.id,
            sid: file.sid.clone(),
            campid: file.campid.clone(),
            name: file.name.clone(),
            state: file.state.word(),
            test: file.way == ImportWay::Test,
            dry_run: file.way == ImportWay::DryRun,
            per_minute: file.per_minute,
            mapping: file.mapping.clone(),
            created_at: rfc3339(file.at),
            ended_at: file.ended_at.map(rfc3339),
            rejected,
            repeats,
            continues: file.behind.as_ref().map(|behind| behind.file),
            left_out: file.left_out.clone(),
            read_bytes: read_bytes(file),
            bytes: file.bytes,
            rows: file.tally.rows,
            ignored: file.tally.ignored,
            outcomes: file.tally.outcomes.clone(),
            continues_at: file.next_at.filter(|_| is_running).map(rfc3339),
            result_url: None,
        }
    }

    /// With the way to its result.
    pub(crate) fn with_result(self, result_url: Option<String>) -> Self {
        Self { result_url, ..self }
    }
}

/// What is behind the last row is read as well, and the text that a workbook is read as may be longer than it.
fn read_bytes(file: &LeadImport) -> u64 {
    if file.state == LeadImportState::Done { file.bytes } else { file.read_bytes.min(file.bytes) }
}
