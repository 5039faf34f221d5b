//! Keys of bulk jobs: what is done to many leads, the leads a hundred at a time, and the list of jobs.

use domain::{id::BulkJobId, time::rfc3339};
use jiff::Timestamp;

use super::Key;

/// The partition of the list of jobs. Only the seller has any.
pub const BULK_JOBS: &str = "bulk_jobs";

/// A job.
pub fn bulk_job(id: BulkJobId) -> Key {
    Key::new(format!("bulk_job#{id}"), "job")
}

/// The job that was asked for by a request with this hash of its key.
pub fn bulk_key(hash: &str) -> Key {
    Key::new(format!("bulk_job#key#{hash}"), "key")
}

/// Some of its leads, with what became of them; counted from 0.
pub fn bulk_chunk(id: BulkJobId, number: u32) -> Key {
    Key::new(format!("bulk_job#{id}"), format!("leads#{number:06}"))
}

/// By way of which lead a person with this hash of its contact gets the message of a job. Each by itself, as there may be half a million.
pub fn bulk_person(id: BulkJobId, hash: &str) -> Key {
    Key::new(format!("bulk_job#{id}#{hash}"), "person")
}

/// A job's line on the list.
pub fn listed_bulk_job(at: Timestamp, id: BulkJobId) -> Key {
    Key::new(BULK_JOBS, format!("{}#{id}", rfc3339(at)))
}

/// The job that a line is about.
pub fn listed_job(sk: &str) -> Option<BulkJobId> {
    sk.split_once('#')?.1.parse().ok()
}
