//! The time in the course of a job.

use std::time::Duration;

use domain::time::later;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// No step is begun later than this after the job, so that the function's own time-out ends none.
const BEGINS_WITHIN: Duration = Duration::from_secs(40);

#[derive(Clone, Copy)]
pub(crate) struct Clock {
    began_at: Timestamp,
    watch: Instant,
}

impl Clock {
    pub(crate) fn starting_at(began_at: Timestamp) -> Self {
        Self { began_at, watch: Instant::now() }
    }

    pub(crate) fn now(self) -> Timestamp {
        let passed_ms = i64::try_from(self.watch.elapsed().as_millis()).unwrap_or(i64::MAX);
        later(self.began_at, SignedDuration::from_millis(passed_ms))
    }

    /// Whether it is too late for another step.
    pub(crate) fn is_over(self) -> bool {
        self.watch.elapsed() >= BEGINS_WITHIN
    }
}
