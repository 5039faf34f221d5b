//! Which file a row goes into: the one that closes next by the clock on the wall.

use jiff::{Span, Timestamp, civil::Date, tz::AmbiguousOffset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::FileChannel;
use crate::schedule::ClockTime;

/// A day has an end within so many days, also where a zone leaves a date out.
const SEARCHED_DAYS: i32 = 3;
const HOUR_S: i64 = 3_600;

/// How often there is a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Once a day, or at each time that is named.
    #[default]
    Day,
    /// At every full hour.
    Hour,
}

/// The file that rows of some time go into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePeriod {
    /// Its name without the ending; no two files of a delivery have the same.
    pub stem: String,
    /// Rows of an earlier instant belong to it.
    pub closes: Timestamp,
}

impl FileChannel {
    /// The file for rows of this instant. A time of day that the clock skips is meant as long after the jump; of one that
    /// it shows twice, the first is meant.
    pub fn period(&self, at: Timestamp) -> FilePeriod {
        let (closes, name) = match self.every {
            Every::Day => self.day(at),
            Every::Hour => self.hour(at),
        };
        let stem = self.name.as_ref().map_or_else(|| name.clone(), |prefix| format!("{prefix}-{name}"));
        FilePeriod { stem, closes }
    }

    fn day(&self, at: Timestamp) -> (Timestamp, String) {
        let zone = self.time_zone.timezone();
        let today = zone.to_datetime(at).date();
        let dates = (-1..=SEARCHED_DAYS).filter_map(|days| today.checked_add(Span::new().days(days)).ok());
        let times = if self.at.is_empty() { &[ClockTime::MIDNIGHT] } else { self.at.as_slice() };
        let closings = dates.flat_map(|date| times.iter().map(move |time| (date, *time)));
        let instants = closings.filter_map(|(date, time)| {
            let local = time.on(date)?;
            Some((zone.to_ambiguous_timestamp(local).compatible().ok()?, date, time))
        });
        // There is none only at the end of time.
        let next = instants.filter(|(closes, ..)| *closes > at).min_by_key(|(closes, ..)| *closes);
        next.map_or((Timestamp::MAX, "last".to_owned()), |(closes, date, time)| (closes, self.day_name(date, time)))
    }

    /// A single file of a day is named by its date alone.
    fn day_name(&self, date: Date, time: ClockTime) -> String {
        if self.at.len() > 1 { format!("{date}T{}", digits(time)) } else { date.to_string() }
    }

    fn hour(&self, at: Timestamp) -> (Timestamp, String) {
        let zone = self.time_zone.timezone();
        let offset_s = i64::from(zone.to_offset(at).seconds());
        let local_s = at.as_second() + offset_s;
        let next_s = (local_s.div_euclid(HOUR_S) + 1) * HOUR_S - offset_s;
        let closes = Timestamp::from_second(next_s).unwrap_or(Timestamp::MAX);
        let local = zone.to_datetime(closes);
        let name = format!("{}T{}", local.date(), digits(ClockTime::of(local.time())));
        // In autumn the clock shows an hour twice.
        let is_second = match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Fold { after, .. } => after == zone.to_offset(closes),
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => false,
        };
        (closes, if is_second { format!("{name}-2") } else { name })
    }
}

/// `0600`
fn digits(time: ClockTime) -> String {
    time.to_string().replace(':', "")
}
