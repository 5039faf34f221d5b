//! The time in the course of a job: it began at a time that was given, and goes on by the stop-watch.

use std::time::{Duration, Instant};

use domain::time::later;
use jiff::{SignedDuration, Timestamp};

/// The time of a job.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began_at: Timestamp,
    watch: Instant,
    /// The machine's clock when the watch was started.
    wall: Timestamp,
}

impl Clock {
    /// The job begins now, which is `began_at`.
    pub fn starting(began_at: Timestamp) -> Self {
        Self { began_at, watch: Instant::now(), wall: crate::now() }
    }

    /// The time by now, in whole milliseconds. The watch stands still while the machine sleeps, and its clock may be put
    /// right: whichever has gone further is believed, as a lease must not seem to last longer than it does.
    pub fn now(self) -> Timestamp {
        let watched_ms = i64::try_from(self.watch.elapsed().as_millis()).unwrap_or(i64::MAX);
        let passed = SignedDuration::from_millis(watched_ms).max(crate::now().duration_since(self.wall));
        later(self.began_at, passed)
    }

    /// How long the job has been worked on.
    pub fn worked(self) -> Duration {
        self.watch.elapsed()
    }
}
