//! What is counted of feedback.

use domain::feedback::{EventKind, Telling, TellingState};
use store::SaidOfLead;

/// Something was said of a lead.
pub(crate) fn heard(said: &SaidOfLead) {
    let name = match said.result.as_str() {
        // Its refusal, where nothing was taken back, leaves nothing to be done.
        _ if said.event == EventKind::ReturnRefused && said.did.is_none() => "feedback_heard",
        "applied" | "already" | "returned" | "requested" | "already_returned" | "noted" => "feedback_heard",
        "too_early" => return,
        _ => "feedback_not_taken",
    };
    metrics::counter!(name).increment(1);
}

/// Somebody was told, or not.
pub(crate) fn stands(telling: &Telling) {
    match telling.state {
        TellingState::Idle => metrics::counter!("feedback_told").increment(1),
        TellingState::Failed { .. } => metrics::counter!("feedback_failed").increment(1),
        TellingState::Sending { .. } | TellingState::Retry { .. } => {}
    }
}
