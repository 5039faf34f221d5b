//! Metrics: what happened, added up, and written once an invocation as one line of CloudWatch's embedded metric format.
//!
//! Whoever counts uses the `metrics` crate, as whoever logs uses `tracing`; so `dispatch` can count without knowing Lambda.
//! No metric has a dimension: each name is one time series for the whole installation, which is all that alarms and the
//! dashboard ask for. Which campaign, delivery or lead it was stands in the log lines.
//!
//! Formatting is left to `metrics_cloudwatch_embedded`: maintained, one small crate beside what is compiled anyway.

use std::{io, sync::OnceLock, time::Duration};

use metrics::{Recorder, Unit};
use metrics_cloudwatch_embedded::{Builder, Collector};

/// Every metric: name, unit, meaning. A count is the sum; a time is one value for each of what it times.
pub const ALL: &[(&str, Unit, &str)] = &[
    ("ingest_ms", Unit::Milliseconds, "Posts of leads, from their first byte here to the answer"),
    ("lead_approved", Unit::Count, "Leads taken"),
    ("lead_test", Unit::Count, "Leads that were only to be tested, and passed"),
    ("lead_quarantined", Unit::Count, "Leads that wait for a person"),
    ("lead_failed", Unit::Count, "Leads that failed on our side: -100, 500 or 503"),
    ("lead_replayed", Unit::Count, "Answers given again for an idempotency key"),
    ("lead_rejected_duplicate", Unit::Count, "Leads refused with -2"),
    ("lead_rejected_campaign_cap", Unit::Count, "Leads refused with -4"),
    ("lead_rejected_validation", Unit::Count, "Leads refused with -5"),
    ("lead_rejected_filter", Unit::Count, "Leads refused with -6"),
    ("lead_rejected_supplier", Unit::Count, "Leads refused with -7"),
    ("lead_rejected_inactive", Unit::Count, "Leads refused with -9"),
    ("lead_rejected_unsafe", Unit::Count, "Leads refused with -18"),
    ("buyer_ms", Unit::Milliseconds, "Requests to buyers, from the dial to the last byte or the time-out"),
    ("delivery_accepted", Unit::Count, "Deliveries that the buyer took"),
    ("delivery_rejected", Unit::Count, "Deliveries that the buyer refused, or never decided"),
    ("delivery_unrecognised", Unit::Count, "Those of them that were answered what no rule reads"),
    ("delivery_awaiting_feedback", Unit::Count, "Deliveries that the buyer decides later"),
    ("delivery_held", Unit::Count, "Deliveries that wait for opening hours, or the end of a pause"),
    ("delivery_retry", Unit::Count, "Requests that failed and are made again"),
    ("delivery_resend", Unit::Count, "Requests without an answer, made again to a buyer that recognises repeats"),
    ("delivery_unknown", Unit::Count, "Deliveries of which nobody knows whether the buyer has the lead"),
    ("delivery_failed", Unit::Count, "Deliveries given up"),
    ("delivery_skipped", Unit::Count, "Deliveries that were not tried"),
    ("delivery_paused", Unit::Count, "Pauses of deliveries that fail, begun or prolonged"),
    ("message_failed", Unit::Count, "Queue messages that were not handled and come again"),
    ("sweep_ms", Unit::Milliseconds, "Sweeps that came to their end"),
    ("sweep_looked_at", Unit::Count, "Leads that sweeps looked at"),
    ("sweep_due", Unit::Count, "Leads whose time had come"),
    ("sweep_lost", Unit::Count, "Leads that had not moved although they should have"),
    ("sweep_messages", Unit::Count, "Messages that sweeps sent"),
    ("sweep_cut_short", Unit::Count, "Sweeps that ran out of time"),
    ("sweep_failed", Unit::Count, "Sweeps of which a part failed"),
    ("notice_sent", Unit::Count, "Notices that were taken on one of their ways"),
    ("notice_retry", Unit::Count, "Notices that were not taken, and are sent again"),
    ("notice_failed", Unit::Count, "Notices that were given up on one of their ways"),
    ("notice_unknown", Unit::Count, "E-mails with notices of which nobody knows whether they were sent"),
    ("feedback_heard", Unit::Count, "Words on leads that were taken, or were known"),
    ("feedback_not_taken", Unit::Count, "Words on leads that were not taken"),
    ("feedback_told", Unit::Count, "Words on leads that those who sent them have taken"),
    ("feedback_failed", Unit::Count, "Words on leads that those who sent them have not taken, and that are given up"),
    ("responder_sent", Unit::Count, "Messages of responders that were taken"),
    ("responder_failed", Unit::Count, "Messages of responders that were given up"),
    ("responder_unknown", Unit::Count, "Messages of responders of which nobody knows whether they were sent"),
    ("responder_skipped", Unit::Count, "Steps of responders that were passed over"),
    ("rollup_booked", Unit::Count, "Events of leads that were booked"),
    ("rollup_failed", Unit::Count, "Changes of leads that were not booked and come again"),
    ("rollup_lag_ms", Unit::Milliseconds, "Batches of changes, from the oldest of them to its booking"),
    (
        "reconcile_differences",
        Unit::Count,
        "What was not as the leads say: missing events, differing ones, and numbers",
    ),
    ("reconcile_repaired", Unit::Count, "Missing events that were booked after all, and numbers that were put right"),
    ("reconcile_failed", Unit::Count, "Leads, days and numbers that could not be compared"),
];

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Begins to count under this namespace. A second call changes nothing, nor does one after somebody else's recorder was set.
pub fn init(namespace: String) {
    if let Ok(collector) = Builder::new().cloudwatch_namespace(namespace).init() {
        metrics::with_recorder(describe);
        // There is one recorder in a process, so there was no other collector.
        let _ = COLLECTOR.set(collector);
    }
}

/// Writes what was counted since the last time, if anything was; to be called at the end of each invocation. Without
/// [`init`], as in tests, nothing is counted and nothing written.
pub fn flush() {
    if let Err(error) = flush_into(io::stdout().lock()) {
        tracing::warn!(%error, "metrics could not be written");
    }
}

/// The same, to any writer.
///
/// # Errors
/// The writer's.
pub fn flush_into(writer: impl io::Write) -> io::Result<()> {
    COLLECTOR.get().map_or(Ok(()), |collector| collector.flush(writer))
}

/// A time as it is recorded.
pub fn whole_ms(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

fn describe(recorder: &dyn Recorder) {
    for (name, unit, meaning) in ALL {
        let (name, unit, meaning) = ((*name).into(), Some(*unit), (*meaning).into());
        if unit == Some(Unit::Milliseconds) {
            recorder.describe_histogram(name, unit, meaning);
        } else {
            recorder.describe_counter(name, unit, meaning);
        }
    }
}
