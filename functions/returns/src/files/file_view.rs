//! A file of returns, as it is shown.

use std::collections::BTreeMap;

use domain::{
    access::{Part, Principal},
    id::{BuyerRef, ReturnFileId},
    money::{Currency, Money},
    returned::ReturnOutcome,
    time::rfc3339,
};
use serde::Serialize;
use store::{FileDecision, ReturnFile, ReturnFileState};
use utoipa::ToSchema;

/// A file of returns.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FileView {
    #[schema(value_type = String, example = "rfile_01JCXV5A8M3Q4R5S6T7V8W9XYZ")]
    pub(crate) return_file_id: ReturnFileId,
    /// The buyer.
    pub(crate) bid: BuyerRef,
    /// Its name, with nothing but letters, digits, dots, hyphens and underscores.
    pub(crate) name: String,
    /// `awaiting` its upload, `running`, `done`, `rejected` as a whole, or `repeated`: an earlier file has said the same.
    #[schema(value_type = String, example = "running")]
    pub(crate) state: &'static str,
    /// Whether it was only tried.
    pub(crate) dry_run: bool,
    /// When it came, or was announced.
    pub(crate) received_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<String>,
    /// Why no row of it was read; with the code `gone`, none more, and the result says what was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rejected: Option<RejectedView>,
    /// The earlier file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) repeats: Option<ReturnFileId>,
    /// How many of its bytes are read; of a workbook, about.
    pub(crate) read_bytes: u64,
    pub(crate) bytes: u64,
    /// Rows that are read, and how many of them say nothing.
    pub(crate) rows: u64,
    pub(crate) ignored: u64,
    /// How many rows came to what.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub(crate) outcomes: BTreeMap<ReturnOutcome, u64>,
    /// What the buyer owed no longer as its rows were judged; what is approved or undone afterwards is not in it.
    pub(crate) amounts: Vec<Money>,
    /// What suppliers gave back with it. Only the seller is shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payouts: Option<Vec<Money>>,
    /// What the seller has decided of all its returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<DecisionView>,
    /// Where the result is; for a quarter of an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result_url: Option<String>,
}

/// Why a file was rejected as a whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RejectedView {
    /// For programs.
    code: String,
    /// For people, with what to do.
    detail: String,
}

/// What was decided of all returns of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// `approve` or `undo`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// `running` or `done`.
    #[schema(value_type = String)]
    state: &'static str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Returns that are decided so.
    done: u64,
    /// Returns that do not allow it, as they stand.
    left: u64,
}

impl FileView {
    pub(crate) fn new(file: &ReturnFile, viewer: &Principal) -> Self {
        let rejected = match &file.state {
            ReturnFileState::Rejected { code, detail } => {
                Some(RejectedView { code: code.clone(), detail: detail.clone() })
            }
            ReturnFileState::Awaiting
            | ReturnFileState::Running
            | ReturnFileState::Done
            | ReturnFileState::Repeated { .. } => None,
        };
        let repeats = match &file.state {
            ReturnFileState::Repeated { of } => Some(*of),
            ReturnFileState::Awaiting
            | ReturnFileState::Running
            | ReturnFileState::Done
            | ReturnFileState::Rejected { .. } => None,
        };
        Self {
            return_file_id: file.id,
            bid: file.bid.clone(),
            name: file.name.clone(),
            state: file.state.word(),
            dry_run: file.dry_run,
            received_at: rfc3339(file.at),
            ended_at: file.ended_at.map(rfc3339),
            rejected,
            repeats,
            read_bytes: read_bytes(file),
            bytes: file.bytes,
            rows: file.tally.rows,
            ignored: file.tally.ignored,
            outcomes: file.tally.outcomes.clone(),
            amounts: money(&file.tally.amounts),
            payouts: viewer.sees(Part::Payout).then(|| money(&file.tally.payouts)),
            decision: file.decision.as_ref().map(DecisionView::new),
            result_url: None,
        }
    }
}

impl DecisionView {
    fn new(decision: &FileDecision) -> Self {
        Self {
            kind: decision.kind.word(),
            state: if decision.is_running() { "running" } else { "done" },
            at: rfc3339(decision.at),
            reason: decision.reason.clone(),
            done: decision.done,
            left: decision.left,
        }
    }
}

/// What is behind the last row is read as well, and the text that a workbook is read as may be longer than it.
fn read_bytes(file: &ReturnFile) -> u64 {
    if file.state == ReturnFileState::Done { file.bytes } else { file.read_bytes.min(file.bytes) }
}

fn money(sums: &BTreeMap<Currency, i64>) -> Vec<Money> {
    sums.iter().map(|(currency, minor)| Money { minor: *minor, currency: *currency }).collect()
}
