//! How long a run may take, and how often it writes down how far it is.

use std::{fmt, time::Duration};

use tokio::time::Instant;

/// How often it is written down: what a run that is killed has done since is done again.
const SAVED_EVERY: Duration = Duration::from_secs(60);

/// The pace of a run.
pub struct Pace {
    has_time: Box<dyn Fn() -> bool + Send + Sync>,
    /// The time between two writings.
    pub(super) saved_every: Duration,
}

impl Pace {
    /// For as long.
    pub fn within(limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        Self::new(move || Instant::now() < deadline, SAVED_EVERY)
    }

    /// For as long as there is time left, which is asked before each step.
    pub fn new(has_time: impl Fn() -> bool + Send + Sync + 'static, saved_every: Duration) -> Self {
        Self { has_time: Box::new(has_time), saved_every }
    }

    pub(super) fn has_time(&self) -> bool {
        (self.has_time)()
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("saved_every", &self.saved_every).finish_non_exhaustive()
    }
}
