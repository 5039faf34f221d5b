//! Booking: on which day an event counts in the books, and when a month of them is closed.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::Event;
use crate::{report::Days, time::later};

/// A month of bookings is closed this long after its end: by then everything has been booked that happened in it, as
/// streams keep what is to be booked for a day, unless something has gone wrong.
pub const CLOSED_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// What is booked is written so much later at most; a month takes nothing more so long before it closes.
pub const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// When an event of `at` is booked, `now` being the time: then, unless that month is closed, or would be by the time this is
/// written. What comes too late is booked when it comes, so that what was once reported for a closed month stays so.
pub fn booked_at(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Timestamp {
    if closes_at(at, zone) <= later(now, WRITTEN_WITHIN) { now } else { at }
}

/// The days on which an event counts that is booked at `booked`.
pub fn days(event: &Event, booked: Timestamp, zone: &TimeZone) -> Days {
    let day = |at: Timestamp| zone.to_datetime(at).date();
    Days { received: day(event.received), sold: day(event.sold), booked: day(booked) }
}

/// When the month of an instant is closed.
fn closes_at(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let last_day = zone.to_datetime(at).date().last_of_month();
    let end = last_day.tomorrow().ok().and_then(|first| first.to_zoned(zone.clone()).ok());
    end.map_or(Timestamp::MAX, |end| later(end.timestamp(), CLOSED_AFTER))
}
