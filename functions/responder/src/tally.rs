//! Counting and logging what becomes of responders' messages. Names and meanings of the counts stand in `lambda::metrics`.

use domain::{
    id::ResponderRef,
    lead::Lead,
    responder::{Enrolment, EnrolmentState, Fate},
};

/// A lead has joined.
pub(crate) fn joined(lead: &Lead, rid: &ResponderRef) {
    tracing::info!(lead_id = %lead.id, %rid, "joined");
}

/// An enrolment after a turn.
pub(crate) fn moved(before: &Enrolment, after: &Enrolment) {
    let (lead_id, rid) = (after.lead, &after.rid);
    for (step, done) in after.done.iter().enumerate().skip(before.steps_done()) {
        let (state, reason) = (done.fate.word(), done.fate.reason());
        match done.fate {
            Fate::Sent => metrics::counter!("responder_sent").increment(1),
            Fate::Failed { .. } => metrics::counter!("responder_failed").increment(1),
            Fate::Unknown { .. } => metrics::counter!("responder_unknown").increment(1),
            Fate::Skipped { .. } => metrics::counter!("responder_skipped").increment(1),
        }
        tracing::info!(%lead_id, %rid, step, state, reason, "step");
    }
    if let EnrolmentState::Stopped { reason, .. } = after.state {
        tracing::info!(%lead_id, %rid, reason = reason.word(), "stopped");
    }
}
