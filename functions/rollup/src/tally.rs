//! Counting and logging what is booked and what is found. Names and meanings of the counts stand in `lambda::metrics`.

use domain::{
    id::LeadId,
    journal::EntryKind,
    money::Currency,
    report::{Counts, Place, View},
};
use jiff::{Timestamp, civil::Date};
use store::{Booked, CellId, Error, Party};

use crate::{
    Unbookable,
    reconcile::{Findings, Unit},
    stream::Record,
};

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

/// Leads that could not be looked at, or not booked.
pub(crate) fn leads_failed(lead_ids: &[LeadId], error: &Error) {
    let error: &dyn std::error::Error = error;
    tracing::error!(?lead_ids, error, "leads could not be reconciled");
}

/// A unit that could not be looked at, or not to its end within a whole run.
pub(crate) fn unit_failed(unit: &Unit, error: Option<&Error>) {
    match error {
        Some(error) => {
            let error: &dyn std::error::Error = error;
            tracing::error!(?unit, error, "a unit could not be reconciled");
        }
        None => tracing::error!(?unit, "a whole run is too short for a unit"),
    }
}

/// A day's work of which something is left, which nobody will look at any more.
pub(crate) fn unfinished(day: Date, next: Option<&Unit>) {
    tracing::error!(%day, ?next, "the reconciliation of that day did not come to its end");
    metrics::counter!("reconcile_failed").increment(1);
}

/// A number of the reports that is not what it should be.
pub(crate) fn number_differs(view: View, day: Option<Date>, place: &Place, expected: Counts, found: Counts) {
    let Place { campid, sid, did, bid, currency } = place;
    let (did, bid) = (did.as_ref().map(|did| did.as_str()), bid.as_ref().map(|bid| bid.as_str()));
    let (view, day) = (view.word(), day.map(|day| day.to_string()));
    tracing::error!(view, day, %campid, %sid, did, bid, %currency, ?expected, ?found, "a number differs");
}

/// A number of the reports that is what it should be from now on.
pub(crate) fn number_put_right(cell: &CellId, from: Counts, to: Counts) {
    let CellId { view, grain, day, place: Place { campid, sid, did, bid, currency } } = cell;
    let (did, bid) = (did.as_ref().map(|did| did.as_str()), bid.as_ref().map(|bid| bid.as_str()));
    let view = view.map_or("all", View::word);
    tracing::warn!(view, ?grain, %day, %campid, %sid, did, bid, %currency, ?from, ?to, "a number was put right");
}

/// A day of an account that is not what its entries add up to; each time their number, and what they move in minor units.
pub(crate) fn account_differs(
    day: Date,
    party: &Party,
    kind: EntryKind,
    currency: Currency,
    expected: (i64, i64),
    found: (i64, i64),
) {
    tracing::error!(%day, ?party, %kind, %currency, ?expected, ?found, "an account differs");
}

/// A reconciliation that is over, for this time.
pub(crate) fn reconciled(findings: &Findings) {
    let Findings { leads, missing, repaired, differing, failed, finders, too_young } = *findings;
    tracing::info!(leads, missing, repaired, differing, failed, finders, too_young, "reconciled");
    metrics::counter!("reconcile_differences").increment(count(missing + differing));
    metrics::counter!("reconcile_repaired").increment(count(repaired));
    metrics::counter!("reconcile_failed").increment(count(failed));
}

fn count(number: usize) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}
