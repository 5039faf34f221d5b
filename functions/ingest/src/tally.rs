//! Counting what came in. Names and meanings stand in `lambda::metrics`.

use std::time::Duration;

use domain::lead::{Approval, Lead, Rejection};
use lambda::problem::Problem;

use crate::{
    answered::{About, Taken},
    receipt::{FAILED, LeadReceipt},
};

/// Rejections of which nothing is stored but the answer.
const UNSTORED: [Rejection; 3] = [Rejection::SupplierNotAuthorised, Rejection::UnsafeContent, Rejection::Validation];

/// Notes how long a post took, whatever was answered.
pub(crate) fn post(took: Duration) {
    metrics::histogram!("ingest_ms").record(lambda::metrics::whole_ms(took));
}

/// Counts a lead that was answered.
pub(crate) fn lead(taken: &Taken) {
    if let Some(name) = outcome(taken) {
        metrics::counter!(name).increment(1);
    }
    let skipped = taken.new_lead().into_iter().flat_map(|lead| lead.deliveries.values());
    for _ in skipped.filter(|delivery| delivery.state.is_skipped()) {
        metrics::counter!("delivery_skipped").increment(1);
    }
}

/// Counts this many leads that a problem has answered, as their receipts would say it.
pub(crate) fn problem(problem: &Problem, leads: usize) {
    if let Some(name) = unstored(LeadReceipt::of_problem(problem).code) {
        metrics::counter!(name).increment(u64::try_from(leads).unwrap_or(u64::MAX));
    }
}

fn outcome(taken: &Taken) -> Option<&'static str> {
    match &taken.about {
        About::New { lead, .. } => Some(approval(lead)),
        About::NotKept { code } => unstored(*code),
        About::Earlier { .. } => Some("lead_replayed"),
    }
}

/// What the code of a lead of which nothing is stored counts as.
fn unstored(code: i32) -> Option<&'static str> {
    if code == FAILED {
        Some("lead_failed")
    } else {
        UNSTORED.into_iter().find(|why| why.code() == code).map(rejection)
    }
}

fn approval(lead: &Lead) -> &'static str {
    match &lead.approval {
        Approval::Approved | Approval::Pending if lead.test => "lead_test",
        Approval::Approved | Approval::Pending => "lead_approved",
        Approval::Quarantined { .. } => "lead_quarantined",
        Approval::Rejected { code, .. } => rejection(*code),
    }
}

fn rejection(code: Rejection) -> &'static str {
    match code {
        Rejection::Duplicate => "lead_rejected_duplicate",
        Rejection::CampaignCap => "lead_rejected_campaign_cap",
        Rejection::Validation => "lead_rejected_validation",
        Rejection::Filter => "lead_rejected_filter",
        Rejection::SupplierNotAuthorised => "lead_rejected_supplier",
        Rejection::CampaignNotActive => "lead_rejected_inactive",
        Rejection::UnsafeContent => "lead_rejected_unsafe",
    }
}
