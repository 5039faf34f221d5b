//! Counting and logging what is booked and what is found. Names and meanings of the counts stand in `lambda::metrics`.

use jiff::Timestamp;
use store::{Booked, Error};

use crate::{Unbookable, reconcile::Reconciled, stream::Record};

/// A change that cannot be booked, however often it comes.
pub(crate) fn unbookable(record: &Record, why: &Unbookable) {
    let (sequence_number, lead_id) = (&record.sequence_number, record.pk.as_deref());
    tracing::error!(sequence_number, lead_id, error = %why, "a change of a lead cannot be booked");
}

/// A batch that is over.
pub(crate) fn batch(records: &[Record], unread: usize, booked: Result<&Booked, &Error>, now: Timestamp) {
    let oldest = records.iter().filter_map(|record| record.at).min();
    let lag_ms = oldest.map(|oldest| now.duration_since(oldest).as_millis().max(0));
    let first = records.first().map(|record| &record.sequence_number);
    let failed = match booked {
        Ok(Booked { counted, known, chunks }) => {
            tracing::info!(first, records = records.len(), counted, known, chunks, unread, lag_ms, "booked");
            metrics::counter!("rollup_booked").increment(count(*counted));
            unread
        }
        Err(error) => {
            let error: &dyn std::error::Error = error;
            tracing::error!(first, records = records.len(), lag_ms, error, "the batch was not booked");
            records.len()
        }
    };
    metrics::counter!("rollup_failed").increment(count(failed));
    if let Some(lag_ms) = lag_ms {
        metrics::histogram!("rollup_lag_ms").record(u32::try_from(lag_ms).unwrap_or(u32::MAX));
    }
}

/// A reconciliation that is over, or that had to end before.
pub(crate) fn reconciled(reconciled: &Reconciled, failed: Option<&Error>) {
    if let Some(error) = failed {
        tracing::error!(error = error as &dyn std::error::Error, "the reconciliation failed");
    }
    let Reconciled { leads, missing, repaired, differing, cut_short } = *reconciled;
    tracing::info!(leads, missing, repaired, differing, cut_short, "reconciled");
    metrics::counter!("reconcile_differences").increment(count(missing + differing));
    metrics::counter!("reconcile_repaired").increment(count(repaired));
}

fn count(number: usize) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}
