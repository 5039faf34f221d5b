//! A worker's turn with a file of leads: how long it lasts, and into what pieces the work is cut.

use std::time::Duration;

/// Into what pieces a worker cuts its work.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long it goes on with a file; then it notes how far it is, and hands it on.
    pub within: Duration,
    /// Rows that are judged together where nothing is kept of them.
    pub tried_rows: usize,
    /// Bytes of a result that make a part; S3 takes no smaller one but the last.
    pub part_bytes: usize,
    /// A file that is being read says how far it is about this often.
    pub saved_every: Duration,
}

impl Default for Pace {
    /// The function's own: it ends a minute before its time-out (`infra/template.yaml`).
    fn default() -> Self {
        Self {
            within: Duration::from_secs(240),
            tried_rows: 1_000,
            part_bytes: 5 * 1024 * 1024,
            saved_every: Duration::from_secs(3),
        }
    }
}

/// A turn with a file.
pub(super) type Turn = lambda::turn::Turn<Pace>;
