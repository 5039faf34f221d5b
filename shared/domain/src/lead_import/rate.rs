//! How fast the rows of a file become leads, so that buyers are not flooded.

use jiff::{SignedDuration, Timestamp};

use crate::time::later;

/// Leads a minute, where nobody says otherwise.
pub const DEFAULT_PER_MINUTE: u32 = 600;
/// The most that may be asked for.
pub const MAX_PER_MINUTE: u32 = 6_000;
/// In so many steps a minute goes by.
const STEPS: u32 = 6;

/// Rows that are taken at once: what ten seconds allow, and at least one.
pub fn at_once(per_minute: u32) -> usize {
    usize::try_from((per_minute / STEPS).max(1)).unwrap_or(1)
}

/// When the next rows may be taken, behind so many leads that were begun with `at`. What was not used up before is not made up for.
pub fn next_at(at: Timestamp, leads: usize, per_minute: u32) -> Timestamp {
    let ms = 60_000_u64.saturating_mul(leads as u64).div_ceil(u64::from(per_minute.max(1)));
    later(at, SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX)))
}
