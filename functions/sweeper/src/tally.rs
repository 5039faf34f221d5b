//! Counting and logging what a sweep finds. Names and meanings of the counts stand in `lambda::metrics`.

use std::time::Duration;

use domain::lead::Lead;
use store::Error;

use crate::{StuckList, Swept};

/// A lead that was helped along. Those of the due index mostly waited for their time, as planned; those that were only found
/// by their status should have moved by themselves.
pub(crate) fn found(list: &StuckList, lead: &Lead, messages: usize, correlation_id: &str) {
    match list {
        StuckList::Due(_) => {
            metrics::counter!("sweep_due").increment(1);
            tracing::info!(lead_id = %lead.id, messages, correlation_id, "lead was due");
        }
        StuckList::Open(_) => {
            metrics::counter!("sweep_lost").increment(1);
            tracing::warn!(lead_id = %lead.id, messages, correlation_id, "lead was stuck");
        }
    }
}

/// A lead whose quarantine has ended by itself, and what has become of it.
pub(crate) fn released(lead: &Lead, correlation_id: &str) {
    let approval = lead.approval.word();
    tracing::info!(lead_id = %lead.id, approval, correlation_id, "quarantine is over");
}

/// A sweep that is over, and what failed in it last, if anything did; the rest was swept all the same.
pub(crate) fn sweep(took: Duration, swept: Swept, failed: Option<&Error>, correlation_id: &str) {
    if let Some(error) = failed {
        tracing::error!(error = error as &dyn std::error::Error, correlation_id, "a part of the sweep failed");
        metrics::counter!("sweep_failed").increment(1);
    }
    let Swept { looked_at, stuck, messages, settled, notices, steps, feedback, cut_short } = swept;
    tracing::info!(looked_at, stuck, messages, settled, notices, steps, feedback, cut_short, correlation_id, "swept");
    metrics::histogram!("sweep_ms").record(lambda::metrics::whole_ms(took));
    metrics::counter!("sweep_looked_at").increment(looked_at.try_into().unwrap_or(u64::MAX));
    metrics::counter!("sweep_messages").increment(messages.try_into().unwrap_or(u64::MAX));
    metrics::counter!("sweep_cut_short").increment(cut_short.into());
}
