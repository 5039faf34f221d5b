//! Keys of what is put together for buyers: files, their rows, and where each row stands.

use domain::{
    id::{DeliveryRef, LeadId},
    time::rfc3339,
};
use jiff::Timestamp;

use super::Key;

/// The partition that lists files by the time at which they close.
pub const OUTBOX: &str = "outbox";
/// What the sort keys of a file's rows begin with.
pub const FILE_ROWS: &str = "row#";
/// Guards of one file: rows that are put at the same time should seldom ask the same one.
pub const FILE_GUARDS: u8 = 16;

/// The partition of a file's rows, its guards and its manifest.
pub fn outbox(did: &DeliveryRef, stem: &str) -> String {
    format!("{OUTBOX}#{did}#{stem}")
}

/// What is known of a file.
pub fn file_manifest(did: &DeliveryRef, stem: &str) -> Key {
    Key::new(outbox(did, stem), "manifest")
}

/// A lead's row in a file.
pub fn file_row(did: &DeliveryRef, stem: &str, id: LeadId, round: u32) -> Key {
    Key::new(outbox(did, stem), format!("{FILE_ROWS}{id}#{round:05}"))
}

/// One of those that stand where a file is closed.
pub fn file_guard(did: &DeliveryRef, stem: &str, shard: u8) -> Key {
    Key::new(outbox(did, stem), format!("guard#{shard:02}"))
}

/// Where the row of a lead in this round is.
pub fn file_marker(id: LeadId, did: &DeliveryRef, round: u32) -> Key {
    Key::new(format!("filed#{id}#{did}#{round:05}"), "filed")
}

/// A file in the list of [`OUTBOX`].
pub fn file_due(at: Timestamp, did: &DeliveryRef, stem: &str) -> Key {
    Key::new(OUTBOX, format!("{}#{did}#{stem}", rfc3339(at)))
}

/// Behind all files that close at `at` or before.
pub fn files_due_until(at: Timestamp) -> String {
    format!("{}#~", rfc3339(at))
}

/// The delivery and the name in a sort key of [`file_due`].
pub fn file_of_due(sk: &str) -> Option<(DeliveryRef, String)> {
    let mut parts = sk.splitn(3, '#').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.to_owned()))
}
