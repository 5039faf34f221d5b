//! A worker's turn with an export: how long it lasts, and into what pieces the work is cut.

use std::time::Duration;

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

/// A turn with an export.
pub(super) type Turn = lambda::turn::Turn<Pace>;
