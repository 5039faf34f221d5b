//! A worker's turn with a job: how long it lasts, and into what pieces the work is cut.

use std::time::Duration;

/// Into what pieces a worker cuts its work.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long it goes on with a job; then it notes how far it is, and hands it on.
    pub within: Duration,
    /// Leads that are written down in one row.
    pub chunk_leads: usize,
    /// Most leads of a job.
    pub max_leads: u64,
    /// A job says how far it is about this often.
    pub saved_every: Duration,
}

impl Default for Pace {
    /// The function's own: it ends a minute before its time-out (`infra/template.yaml`).
    fn default() -> Self {
        Self {
            within: Duration::from_secs(240),
            chunk_leads: store::CHUNK_LEADS,
            max_leads: 500_000,
            saved_every: Duration::from_secs(3),
        }
    }
}

/// A turn with a job.
pub(super) type Turn = lambda::turn::Turn<Pace>;
