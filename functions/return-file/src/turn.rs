//! A worker's turn with a file: how long it lasts, and into what pieces the work is cut.

use std::time::Duration;

/// Into what pieces a worker cuts its work.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long it goes on with a file; then it notes how far it is, and hands it on.
    pub within: Duration,
    /// Rows that are judged together.
    pub batch_rows: usize,
    /// Bytes of a result that make a part; S3 takes no smaller one but the last.
    pub part_bytes: usize,
    /// Bytes of a result that are read at once when all its returns are decided.
    pub block_bytes: u64,
    /// A file that is being read says how far it is about this often.
    pub saved_every: Duration,
}

impl Default for Pace {
    /// The function's own: it ends a minute before its time-out (`infra/template.yaml`).
    fn default() -> Self {
        Self {
            within: Duration::from_secs(240),
            batch_rows: 256,
            part_bytes: 5 * 1024 * 1024,
            block_bytes: 1024 * 1024,
            saved_every: Duration::from_secs(3),
        }
    }
}

/// A turn with a file.
pub(crate) type Turn = lambda::turn::Turn<Pace>;
