//! Quiet hours: when nobody is written to, by all clocks of a country at once.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{schedule::ClockTime, setup::Invalid, time::later};

/// If there is no such time until then, there is none: zones have the same hours each day, but for a clock that is changed.
const LOOKED_AHEAD: SignedDuration = SignedDuration::from_hours(4 * 24);

/// When nobody is written to. A country with several zones is quiet as long as one of them is: nobody knows in which of them a person
/// lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: ClockTime,
    /// The first minute after them; earlier than `from`, it is meant on the next day.
    pub to: ClockTime,
}

impl Default for QuietHours {
    /// From 21:00 to 08:00, which is what the strictest of the laws on text messages and calls ask for.
    fn default() -> Self {
        Self { from: ClockTime::at_hour(21), to: ClockTime::at_hour(8) }
    }
}

impl QuietHours {
    pub(crate) fn check(&self, field: &str, found: &mut Vec<Invalid>) {
        if [self.from, self.to].contains(&ClockTime::END_OF_DAY) {
            found.push(Invalid::new(field, "range", "The end of a day is 00:00 of the next one."));
        } else if self.from == self.to {
            found.push(Invalid::new(field, "empty", "Use two different times; a minute at night is enough for none."));
        }
    }

    /// The first instant from `now` on at which none of these zones is quiet; none: there is no such time.
    pub fn first_open(&self, zones: &[TimeZone], now: Timestamp) -> Option<Timestamp> {
        let (mut at, end) = (now, later(now, LOOKED_AHEAD));
        while at <= end {
            // Where one zone is quiet it is so until then, so nothing is passed over; and each turn goes forward.
            match zones.iter().filter_map(|zone| self.quiet_until(zone, at)).max() {
                None => return Some(at),
                Some(until) => at = until.max(later(at, SignedDuration::from_secs(1))),
            }
        }
        None
    }

    /// When the quiet hours of a zone end that this instant is among; none: it is not.
    fn quiet_until(&self, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
        let local = zone.to_datetime(at);
        let minute = ClockTime::of(local.time());
        let over_midnight = self.to <= self.from;
        let is_quiet = match over_midnight {
            true => minute >= self.from || minute < self.to,
            false => minute >= self.from && minute < self.to,
        };
        if !is_quiet {
            return None;
        }
        let ends_tomorrow = over_midnight && minute >= self.from;
        let date = if ends_tomorrow { local.date().checked_add(1.day()).ok()? } else { local.date() };
        // A clock that skips that minute is past it at the next there is; one that repeats it is quiet until the first.
        let end = self.to.on(date)?.to_zoned(zone.clone()).ok()?.timestamp();
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use proptest::prelude::*;

    use super::*;
    use crate::responder::zones_of;

    fn zones(country: &str) -> &'static [TimeZone] {
        zones_of(country.parse().unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn open(country: &str, now: &str) -> String {
        QuietHours::default().first_open(zones(country), at(now)).unwrap().to_string()
    }

    #[test]
    fn at_night_a_message_waits_for_the_morning_of_the_leads_country() {
        assert_eq!(open("GB", "2026-11-05T12:00:00Z"), "2026-11-05T12:00:00Z");
        assert_eq!(open("GB", "2026-11-05T21:00:00Z"), "2026-11-06T08:00:00Z");
        assert_eq!(open("GB", "2026-11-05T20:59:59Z"), "2026-11-05T20:59:59Z");
        assert_eq!(open("GB", "2026-11-06T07:59:59Z"), "2026-11-06T08:00:00Z");
        assert_eq!(open("IN", "2026-11-05T21:00:00Z"), "2026-11-06T02:30:00Z");
    }

    #[test]
    fn a_country_with_several_zones_is_written_to_when_it_is_day_in_all_of_them() {
        // From Honolulu (UTC-10) at 08:00 to New York (UTC-5) at 21:00.
        assert_eq!(open("US", "2026-11-05T13:00:00Z"), "2026-11-05T18:00:00Z");
        assert_eq!(open("US", "2026-11-06T02:30:00Z"), "2026-11-06T18:00:00Z");
        assert_eq!(open("RU", "2026-11-05T00:00:00Z"), "2026-11-05T06:00:00Z");
    }

    #[test]
    fn the_morning_comes_an_hour_earlier_when_clocks_go_forward() {
        assert_eq!(open("GB", "2026-03-28T22:00:00Z"), "2026-03-29T07:00:00Z");
        assert_eq!(open("GB", "2026-10-24T22:00:00Z"), "2026-10-25T08:00:00Z");
    }

    #[test]
    fn hours_that_leave_no_time_at_all_are_told_from_those_that_do() {
        let quiet = QuietHours { from: ClockTime::at_hour(12), to: ClockTime::at_hour(10) };
        assert_eq!(quiet.first_open(zones("US"), at("2026-11-05T13:00:00Z")), None);
        let open = quiet.first_open(zones("GB"), at("2026-11-05T13:00:00Z"));
        assert_eq!(open, Some(at("2026-11-06T10:00:00Z")));
    }

    proptest! {
        #[test]
        fn what_is_open_is_quiet_nowhere_and_everything_before_it_is_quiet_somewhere(
            country in prop::sample::select(vec!["GB", "US", "AU", "BR", "RU", "IN", "KI", "CL"]),
            minutes in 0i64..525_600, from in 0u8..24, to in 0u8..24,
        ) {
            prop_assume!(from != to);
            let quiet = QuietHours { from: ClockTime::at_hour(from), to: ClockTime::at_hour(to) };
            let now = later(at("2026-01-01T00:00:00Z"), SignedDuration::from_mins(minutes));
            let is_quiet = |at: Timestamp| zones(country).iter().any(|zone| {
                let hour = u8::try_from(zone.to_datetime(at).hour()).unwrap();
                if from < to { (from..to).contains(&hour) } else { hour >= from || hour < to }
            });
            let open = quiet.first_open(zones(country), now);
            if let Some(open) = open {
                prop_assert!(!is_quiet(open), "{open}");
            }
            let mut before = now;
            while open.is_none_or(|open| before < open) && before < later(now, SignedDuration::from_hours(48)) {
                prop_assert!(is_quiet(before), "{before}");
                before = later(before, SignedDuration::from_mins(7));
            }
        }
    }
}
