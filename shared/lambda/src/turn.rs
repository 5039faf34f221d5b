//! The turn of a worker with something that takes longer than it may live: what time it is, and when to hand it on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A turn that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Turn<P> {
    /// Into what pieces the work is cut.
    pub pace: P,
    within: Duration,
    began: Timestamp,
    since: Instant,
}

impl<P> Turn<P> {
    /// One that begins `now`, and is over some time later.
    pub fn new(pace: P, within: Duration, now: Timestamp) -> Self {
        Self { pace, within, began: now, since: Instant::now() }
    }

    /// What time it is by now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let gone = SignedDuration::try_from(self.since.elapsed()).unwrap_or(SignedDuration::MAX);
        domain::time::to_millis(domain::time::later(self.began, gone))
    }

    /// Whether the work is to be handed on.
    pub fn is_over(&self) -> bool {
        self.since.elapsed() >= self.within
    }
}
