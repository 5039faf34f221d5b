//! What became of an order of edits, as it is answered.

use domain::id::LeadId;
use serde::Serialize;
use store::{EditOutcome, Order};
use utoipa::ToSchema;

use crate::edit_form::FinancialEdit;

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FinancialEdits {
    /// The order: the entries that it makes name it.
    order: String,
    /// What became of each edit, in the order of the request.
    items: Vec<EditOutcomeView>,
}

/// What became of an edit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FinancialEditOutcome)]
struct EditOutcomeView {
    lead_id: LeadId,
    /// `changed`; `unchanged`: the amounts were so already; `refused`, with code and detail; `not_found`.
    outcome: &'static str,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Why it was refused, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl FinancialEdits {
    /// The answer to a request with these edits.
    pub(crate) fn new(order: Order<EditOutcome>, edits: &[FinancialEdit]) -> Self {
        let items = edits.iter().zip(order.outcomes).map(|(edit, outcome)| EditOutcomeView::new(edit.lead_id, outcome));
        Self { order: order.id, items: items.collect() }
    }
}

impl EditOutcomeView {
    fn new(lead_id: LeadId, outcome: EditOutcome) -> Self {
        let plain = |outcome| Self { lead_id, outcome, code: None, detail: None };
        match outcome {
            EditOutcome::Changed => plain("changed"),
            EditOutcome::Unchanged => plain("unchanged"),
            EditOutcome::NotFound => plain("not_found"),
            EditOutcome::Refused { code, detail } => {
                Self { code: Some(code), detail: Some(detail), ..plain("refused") }
            }
        }
    }
}
