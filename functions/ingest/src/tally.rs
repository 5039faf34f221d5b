//! Counting what came in. Names and meanings stand in `lambda::metrics`.

use std::time::Duration;

use domain::lead::Rejection;
use lambda::{lead_tally, problem::Problem};

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
    if let Some(lead) = taken.new_lead() {
        lead_tally::new_lead(lead);
    } else if let Some(name) = outcome(taken) {
        metrics::counter!(name).increment(1);
    }
}

/// Counts this many leads that a problem has answered, as their receipts would say it.
pub(crate) fn problem(problem: &Problem, leads: usize) {
    if let Some(name) = unstored(LeadReceipt::of_problem(problem).code) {
        metrics::counter!(name).increment(u64::try_from(leads).unwrap_or(u64::MAX));
    }
}

/// What a lead counts as that is not new.
fn outcome(taken: &Taken) -> Option<&'static str> {
    match &taken.about {
        About::New { .. } => None,
        About::NotKept { code } => unstored(*code),
        About::Earlier { .. } => Some("lead_replayed"),
    }
}

/// What the code of a lead of which nothing is stored counts as.
fn unstored(code: i32) -> Option<&'static str> {
    if code == FAILED {
        Some("lead_failed")
    } else {
        UNSTORED.into_iter().find(|why| why.code() == code).map(lead_tally::rejection)
    }
}
