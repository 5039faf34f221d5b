//! How far a lead is in a responder, as the API shows it.

use domain::{
    id::ResponderRef,
    responder::{Done, Enrolment, EnrolmentState},
    time::rfc3339,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How far the lead is in a responder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadResponder)]
pub(crate) struct EnrolmentView {
    /// Which; or the bulk job that wrote to it once.
    rid: ResponderRef,
    /// For the how manieth time it has joined.
    number: u16,
    /// When it joined.
    joined_at: String,
    /// `active`, `finished`, `stopped`.
    state: &'static str,
    /// Why it was stopped: `deleted`, `test`, `not_approved`, `returned`, `converted`, `unsubscribed`, `no_contact`, `inactive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_for: Option<&'static str>,
    /// When its next step is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// What became of the steps that have had their turn, in their order.
    steps: Vec<StepView>,
}

/// What became of a step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadResponderStep)]
struct StepView {
    /// `sent`, `failed`, `unknown`, `skipped`.
    state: &'static str,
    /// When.
    at: String,
    /// Why, where there is a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl EnrolmentView {
    pub(crate) fn new(enrolment: &Enrolment) -> Self {
        let stopped_for = match enrolment.state {
            EnrolmentState::Stopped { reason, .. } => Some(reason.word()),
            EnrolmentState::Waiting { .. } | EnrolmentState::Sending { .. } | EnrolmentState::Finished { .. } => None,
        };
        Self {
            rid: enrolment.rid.clone(),
            number: enrolment.number,
            joined_at: rfc3339(enrolment.joined_at),
            state: enrolment.state.word(),
            stopped_for,
            due: enrolment.due().map(rfc3339),
            steps: enrolment.done.iter().map(StepView::new).collect(),
        }
    }
}

impl StepView {
    fn new(done: &Done) -> Self {
        let reason = done.fate.reason().map(str::to_owned);
        Self { state: done.fate.word(), at: rfc3339(done.at), reason }
    }
}
