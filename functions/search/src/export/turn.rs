//! A worker's turn with an export: what time it is, how long it lasts, and into what pieces the work is cut.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Into what pieces a worker cuts its work.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long it goes on with an export; then it notes how far it is, and hands it on.
    pub within: Duration,
    /// Leads that are looked for at once.
    pub page_leads: usize,
    /// Bytes that make a part; S3 takes no smaller one but the last.
    pub part_bytes: usize,
    /// Most leads of a file.
    pub max_rows: u64,
    /// An export says how far it is about this often.
    pub saved_every: Duration,
}

impl Default for Pace {
    /// The function's own: it ends a minute before its time-out (`infra/template.yaml`).
    fn default() -> Self {
        Self {
            within: Duration::from_secs(240),
            page_leads: 500,
            part_bytes: 5 * 1024 * 1024,
            max_rows: 2_000_000,
            saved_every: Duration::from_secs(3),
        }
    }
}

/// A turn that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) pace: Pace,
    began: Timestamp,
    since: Instant,
}

impl Turn {
    pub(super) fn new(pace: Pace, now: Timestamp) -> Self {
        Self { pace, began: now, since: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        let gone = SignedDuration::try_from(self.since.elapsed()).unwrap_or(SignedDuration::MAX);
        domain::time::to_millis(domain::time::later(self.began, gone))
    }

    /// Whether the export is to be handed on.
    pub(super) fn is_over(&self) -> bool {
        self.since.elapsed() >= self.pace.within
    }
}
