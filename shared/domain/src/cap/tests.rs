//! Caps when saved, and the windows of instants by the calendars of zones.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const EVERY: [CapPer; 5] = [CapPer::Hour, CapPer::Day, CapPer::Week, CapPer::Month, CapPer::Total];

fn every() -> Vec<Cap> {
    EVERY.map(|per| Cap { per, count: 10 }).to_vec()
}

fn names(zone: &str, now: &str) -> String {
    Windows::at(&every(), &TimeZone::get(zone).unwrap(), now.parse().unwrap()).counted().to_string()
}

fn codes(caps: Value) -> Vec<(String, &'static str)> {
    let caps: Vec<Cap> = serde_json::from_value(caps).unwrap();
    let mut found = Vec::new();
    check(&caps, "caps", &mut found);
    found.into_iter().map(|invalid| (invalid.field, invalid.code)).collect()
}

#[test]
fn an_instant_has_one_window_of_each_cap_the_longest_first() {
    assert_eq!(names("UTC", "2026-11-21T14:59:59.999Z"), "t,m202611,w202647,d20261121,h2026112114");
}

#[test]
fn windows_are_those_of_the_zones_calendar() {
    let newyear = "2027-01-01T01:30:00Z";
    // 2026 has 53 weeks; the first days of 2027 belong to the last.
    assert_eq!(names("Europe/London", newyear), "t,m202701,w202653,d20270101,h2027010101");
    assert_eq!(names("America/New_York", newyear), "t,m202612,w202653,d20261231,h2026123120");
    assert_eq!(names("Asia/Kathmandu", newyear), "t,m202701,w202653,d20270101,h2027010107");
    // A Sunday in New York, already a Monday, and another week, in London.
    assert_eq!(names("America/New_York", "2026-07-20T03:59:59Z"), "t,m202607,w202629,d20260719,h2026071923");
    assert_eq!(names("Europe/London", "2026-07-20T03:59:59Z"), "t,m202607,w202630,d20260720,h2026072004");
}

#[test]
fn the_hour_that_the_clock_shows_twice_is_one_window() {
    let (first, second) = ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
    assert_eq!(names("Europe/London", first), names("Europe/London", second));
    assert_ne!(names("Europe/London", "2026-03-29T00:30:00Z"), names("Europe/London", "2026-03-29T01:30:00Z"));
}

#[test]
fn of_two_caps_of_one_kind_the_lower_counts() {
    let caps = [5, 3, 4].map(|count| Cap { per: CapPer::Day, count });
    let windows = Windows::at(&caps, &TimeZone::UTC, Timestamp::UNIX_EPOCH);
    let limits: Vec<_> = windows.iter().map(|window| (window.name.as_str(), window.limit)).collect();
    assert_eq!(limits, [("d19700101", 3)]);
    assert!(Windows::at(&[], &TimeZone::UTC, Timestamp::UNIX_EPOCH).is_empty());
}

#[test]
fn what_was_counted_comes_back_from_its_text() {
    for text in ["", "t", "t,d20261121", "m202611,w202647,d20261121,h2026112114"] {
        let counted: Counted = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(serde_json::to_value(&counted).unwrap(), json!(text));
        assert_eq!(
            (counted.is_empty(), counted.names().count()),
            (text.is_empty(), text.split_terminator(',').count())
        );
    }
    for text in [",", "d2026112", "x", "t1", "d20261121,", "d2026112a", "T", "o#01J"] {
        assert_eq!(text.parse::<Counted>().unwrap_err().code(), "invalid_windows", "{text}");
    }
}

#[test]
fn caps_of_one_kind_or_of_nothing_are_refused() {
    assert!(codes(serde_json::to_value(every()).unwrap()).is_empty());
    assert!(codes(json!([])).is_empty());
    let twice = json!([{ "per": "day", "count": 1 }, { "per": "hour", "count": 1 }, { "per": "day", "count": 2 }]);
    assert_eq!(codes(twice), [("caps.2.per".to_owned(), "repeated")]);
    for count in [0, 1_000_000_001] {
        assert_eq!(codes(json!([{ "per": "total", "count": count }])), [("caps.0.count".to_owned(), "range")]);
    }
    assert!(serde_json::from_value::<Cap>(json!({ "per": "day", "count": 1, "zone": "UTC" })).is_err());
}

#[test]
fn a_period_has_a_word_that_is_also_its_json() {
    for per in EVERY {
        assert_eq!(serde_json::to_value(per).unwrap(), json!(per.word()));
        assert!(!per.reached().is_empty());
    }
}

/// Whether two moments of a zone lie in the same period of its calendar.
fn is_same(per: CapPer, one: &Zoned, other: &Zoned) -> bool {
    let (day, other_day) = (one.date(), other.date());
    match per {
        CapPer::Hour => (day, one.hour()) == (other_day, other.hour()),
        CapPer::Day => day == other_day,
        CapPer::Week => {
            let monday = |day: jiff::civil::Date| day - i64::from(day.weekday().to_monday_zero_offset()).days();
            monday(day) == monday(other_day)
        }
        CapPer::Month => day.first_of_month() == other_day.first_of_month(),
        CapPer::Total => true,
    }
}

proptest! {
    #[test]
    fn two_instants_share_a_window_exactly_if_they_share_the_period(
        zone in prop::sample::select(&["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"][..]),
        // Around 2026, minutes to years apart.
        start in 1_700_000_000i64..1_830_000_000,
        apart in prop_oneof![0i64..7_200, 0i64..2_000_000, 0i64..70_000_000],
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let instants = [start, start + apart].map(|second| Timestamp::from_second(second).unwrap());
        for per in EVERY {
            let caps = [Cap { per, count: 1 }];
            let [one, other] = instants.map(|at| Windows::at(&caps, &zone, at).counted().to_string());
            let same = is_same(per, &instants[0].to_zoned(zone.clone()), &instants[1].to_zoned(zone.clone()));
            prop_assert_eq!(one == other, same, "{} and {}", one, other);
            // Later periods sort after earlier ones, but where the clock is put back.
            prop_assert!(one <= other || apart < 7_200, "{one} before {other}");
        }
    }

    #[test]
    fn no_two_caps_share_a_name(second in 0i64..4_000_000_000) {
        let windows = Windows::at(&every(), &TimeZone::UTC, Timestamp::from_second(second).unwrap());
        let mut names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), 5);
        prop_assert_eq!(windows.counted().to_string().parse::<Counted>(), Ok(windows.counted()));
    }
}
