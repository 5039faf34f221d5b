//! What became of a row, as whoever sent the file reads it.

use serde::{Deserialize, Serialize};

use crate::{
    csv_row,
    field::FieldProblem,
    id::LeadId,
    lead::{Approval, Lead, OK, Rejection},
};

/// The first line of a result file.
pub const HEADER: [&str; 5] = ["row", "outcome", "code", "reason", "lead_id"];
/// What is said of the header where it stands once more.
const IGNORED: &str = "It is the header once more.";
/// Fields that are named as wrong.
const MAX_NAMED: usize = 10;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It is a lead that was taken.
    Accepted,
    /// It is a lead that was turned away, or nothing of it was kept.
    Rejected,
    /// It is a lead that was turned away, as an accepted one has the same data.
    Duplicate,
    /// It is a lead that is looked at before it goes on.
    Quarantined,
    /// No lead can be made of it.
    InvalidRow,
}

impl ImportOutcome {
    /// The word for it: `accepted`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Duplicate => "duplicate",
            Self::Quarantined => "quarantined",
            Self::InvalidRow => "invalid_row",
        }
    }
}

/// What became of a row. Nothing of it names a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowResult {
    /// What.
    #[serde(rename = "o")]
    pub outcome: ImportOutcome,
    /// The code of its receipt; none: no lead was judged.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// Why, for people; may be empty.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The lead, if it is kept.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<LeadId>,
}

impl RowResult {
    /// Of a lead that is kept.
    pub fn of(lead: &Lead, problems: &[FieldProblem]) -> Self {
        let (outcome, code, reason) = match &lead.approval {
            Approval::Approved | Approval::Pending => (ImportOutcome::Accepted, OK, String::new()),
            // Why is the seller's business.
            Approval::Quarantined { .. } => (ImportOutcome::Quarantined, OK, String::new()),
            Approval::Rejected { code: code @ Rejection::Duplicate, reason } => {
                (ImportOutcome::Duplicate, code.code(), reason.clone())
            }
            Approval::Rejected { code, reason } => {
                (ImportOutcome::Rejected, code.code(), with_fields(reason, problems))
            }
        };
        Self { outcome, code: Some(code), reason, lead: Some(lead.id) }
    }

    /// Of a row of which nothing is kept, as it carries markup or script, or its supplier may not post into the campaign.
    pub fn refused(why: Rejection, reason: &str, problems: &[FieldProblem]) -> Self {
        let reason = with_fields(reason, problems);
        Self { outcome: ImportOutcome::Rejected, code: Some(why.code()), reason, lead: None }
    }

    /// Of a row of which no lead can be made.
    pub fn invalid(reason: String) -> Self {
        Self { outcome: ImportOutcome::InvalidRow, code: None, reason, lead: None }
    }

    /// The line of the result file for the row of this number, with its line end.
    pub fn line(&self, row: u64) -> String {
        let code = self.code.map(|code| code.to_string()).unwrap_or_default();
        let lead = self.lead.map(|lead| lead.to_string()).unwrap_or_default();
        csv_row::line([&row.to_string(), self.outcome.word(), &code, &self.reason, &lead])
    }
}

/// The line of a row that says nothing.
pub fn ignored_line(row: u64) -> String {
    csv_row::line([&row.to_string(), "ignored", "", IGNORED, ""])
}

/// The reason, with the fields that are wrong and how: names and codes, never what stands in them.
fn with_fields(reason: &str, problems: &[FieldProblem]) -> String {
    let named = problems.iter().take(MAX_NAMED).map(|problem| format!("{} ({})", problem.field, problem.code));
    let named = named.collect::<Vec<_>>().join(", ");
    if named.is_empty() { reason.to_owned() } else { format!("{reason} {named}") }
}
