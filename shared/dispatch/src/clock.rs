//! The time in the course of one step: it began at a time that was given, and goes on by the stop-watch.

use std::time::Instant;

use domain::time::later;
use jiff::{SignedDuration, Timestamp};

/// The time of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began_at: Timestamp,
    watch: Instant,
}

impl Clock {
    /// The step begins now, which is `began_at`.
    pub(crate) fn starting(began_at: Timestamp) -> Self {
        Self { began_at, watch: Instant::now() }
    }

    /// The time by now, in whole milliseconds.
    pub(crate) fn now(self) -> Timestamp {
        let passed_ms = i64::try_from(self.watch.elapsed().as_millis()).unwrap_or(i64::MAX);
        later(self.began_at, SignedDuration::from_millis(passed_ms))
    }
}
