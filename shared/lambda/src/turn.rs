//! The turn of a worker with something that takes longer than it may live: what time it is, and when to hand it on.

use std::time::Duration;

use jiff::Timestamp;

use crate::Clock;

/// A turn that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Turn<P> {
    /// Into what pieces the work is cut.
    pub pace: P,
    within: Duration,
    clock: Clock,
}

impl<P> Turn<P> {
    /// One that begins `now`, and is over some time later.
    pub fn new(pace: P, within: Duration, now: Timestamp) -> Self {
        Self { pace, within, clock: Clock::starting(now) }
    }

    /// What time it is by now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        domain::time::to_millis(self.clock.now())
    }

    /// Whether the work is to be handed on.
    pub fn is_over(&self) -> bool {
        self.clock.worked() >= self.within
    }
}
