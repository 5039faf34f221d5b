//! What a supplier is told about a lead, in the words and numbers that LeadByte's integrations know.

use crate::live;
use axum::http::StatusCode;
use domain::{
    field::FieldProblem,
    id::LeadId,
    lead::{Approval, Lead, OK, PayoutState, Rejection},
    money::Currency,
};
use lambda::problem::{FieldError, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// LeadByte's number for what went wrong on our side.
pub(crate) const FAILED: i32 = -100;

/// What a supplier is told of a lead in quarantine.
const PUT_ASIDE: &str = "OK; the lead is looked at before it goes on.";

/// The answer to one lead.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LeadReceipt {
    /// The lead's id; absent when nothing of it is known to be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub lead_id: Option<LeadId>,
    /// `approved`, `rejected` or `quarantined`; in a batch also `failed`, when it is not known whether the lead is kept.
    #[schema(example = "approved")]
    pub status: &'static str,
    /// 1 taken, -2 duplicate, -4 campaign cap, -5 validation, -6 filter, -7 supplier not authorised, -9 campaign not active,
    /// -18 unsafe content, -100 failed on our side: send this lead again.
    #[schema(example = 1)]
    pub code: i32,
    /// The same in words.
    pub message: String,
    /// The lead was sent as a test: it goes to nobody and earns nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub test: bool,
    /// What the supplier earns, as a decimal amount, which is zero for a test, and what has been earned by then for a share of
    /// what buyers pay; `Pending` until a buyer has accepted; absent when the lead is not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Pending")]
    pub payout: Option<String>,
    /// The currency of the payout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Of a campaign that sells while the supplier waits: `sold`, `unsold`, or `open` when the time was up before that was
    /// known; then ask at `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "sold")]
    pub sold_status: Option<&'static str>,
    /// Where the buyer wants the person to go on, if it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://buyer.example/welcome/7")]
    pub redirect_url: Option<String>,
    /// Where to ask what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v1/leads/lead_01JD3QZ8000000000000000003")]
    pub url: Option<String>,
    /// What is wrong with its fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl LeadReceipt {
    /// About a lead that is kept.
    pub(crate) fn of(lead: &Lead, problems: &[FieldProblem]) -> Self {
        let (code, message) = match &lead.approval {
            Approval::Approved | Approval::Pending => (OK, "OK".to_owned()),
            // Why is the seller's business.
            Approval::Quarantined { .. } => (OK, PUT_ASIDE.to_owned()),
            Approval::Rejected { code, reason } => (code.code(), reason.clone()),
        };
        let payout = match (&lead.approval, lead.payout.state) {
            (Approval::Rejected { .. }, _) => None,
            _ if lead.test => Some(lead.payout.amount.amount()),
            (_, PayoutState::Earned) => Some(lead.payout.amount.amount()),
            (_, PayoutState::Pending | PayoutState::Reversed) => Some("Pending".to_owned()),
        };
        Self {
            lead_id: Some(lead.id),
            status: lead.approval.word(),
            code,
            message,
            test: lead.test,
            currency: payout.as_ref().map(|_| lead.terms.currency),
            payout,
            sold_status: None,
            redirect_url: None,
            url: Some(url_of(lead.id)),
            errors: problems.iter().cloned().map(field_error).collect(),
        }
    }

    /// About a lead of which nothing is kept.
    pub(crate) fn refused(why: Rejection, message: &str, errors: Vec<FieldError>) -> Self {
        Self::without_lead("rejected", why.code(), message.to_owned(), errors)
    }

    /// About a lead of a batch that has met a problem: the batch goes on without it.
    pub(crate) fn of_problem(problem: &Problem) -> Self {
        let (status, code) = match problem.status {
            status if status.is_server_error() => ("failed", FAILED),
            StatusCode::FORBIDDEN => ("rejected", Rejection::SupplierNotAuthorised.code()),
            _ => ("rejected", Rejection::Validation.code()),
        };
        Self::without_lead(status, code, problem.detail.clone(), problem.errors.clone())
    }

    fn without_lead(status: &'static str, code: i32, message: String, errors: Vec<FieldError>) -> Self {
        Self {
            lead_id: None,
            status,
            code,
            message,
            test: false,
            payout: None,
            currency: None,
            sold_status: None,
            redirect_url: None,
            url: None,
            errors,
        }
    }

    /// About a lead that was offered to buyers already.
    pub(crate) fn with_sale(self, lead: &Lead) -> Self {
        let sold_status = lead.is_for_sale().then(|| lead.sold_status().word());
        Self { sold_status, redirect_url: live::redirect_url(lead), ..self }
    }

    /// The receipt of a lead that was or was not sent as a test.
    pub(crate) fn marked(self, test: bool) -> Self {
        Self { test, ..self }
    }

    /// 201 for a lead that is taken, 422 for one that is not.
    pub(crate) fn http_status(&self) -> u16 {
        if self.code == OK { 201 } else { 422 }
    }
}

/// Where a lead can be asked about.
pub(crate) fn url_of(lead: LeadId) -> String {
    format!("/v1/leads/{lead}")
}

/// A finding of the domain as the API shows it.
pub(crate) fn field_error(problem: FieldProblem) -> FieldError {
    FieldError::new(problem.field, problem.code, problem.detail)
}
