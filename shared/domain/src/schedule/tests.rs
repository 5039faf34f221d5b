//! Opening hours over weeks, nights, and the days on which clocks are changed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::ToSpan;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(zone: &str, hours: Value) -> Schedule {
    serde_json::from_value(json!({ "time_zone": zone, "hours": hours })).unwrap()
}

fn daily(zone: &str, from: &str, to: &str) -> Schedule {
    schedule(zone, json!([{ "days": WEEK, "from": from, "to": to }]))
}

fn office() -> Schedule {
    schedule("Europe/London", json!([{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:30" }]))
}

fn codes(schedule: &Schedule) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    schedule.check("schedule", &mut found);
    found.into_iter().map(|invalid| (invalid.field, invalid.code)).collect()
}

#[test]
fn it_is_open_from_the_first_minute_and_closed_from_the_last() {
    // In July, London is an hour ahead of UTC. The 17th is a Friday.
    for (now, open) in [
        ("2026-07-17T07:59:59.999Z", false),
        ("2026-07-17T08:00:00Z", true),
        ("2026-07-17T16:29:59.999Z", true),
        ("2026-07-17T16:30:00Z", false),
        ("2026-07-18T10:00:00Z", false),
        ("2026-07-20T08:00:00Z", true),
        ("2026-12-14T08:30:00Z", false),
        ("2026-12-14T09:00:00Z", true),
    ] {
        assert_eq!(office().is_open(at(now)), open, "{now}");
    }
}

#[test]
fn the_next_opening_is_the_first_open_instant() {
    for (now, opens) in [
        ("2026-07-17T10:11:12.345Z", "2026-07-17T10:11:12.345Z"),
        ("2026-07-17T05:00:00Z", "2026-07-17T08:00:00Z"),
        ("2026-07-17T16:30:00Z", "2026-07-20T08:00:00Z"),
        // Over the weekend the clock is put back.
        ("2026-10-23T16:30:00Z", "2026-10-26T09:00:00Z"),
    ] {
        assert_eq!(office().opens_after(at(now)), Some(at(opens)), "{now}");
    }
}

#[test]
fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
    let friday_night = schedule("Europe/Berlin", json!([{ "days": ["fri"], "from": "22:00", "to": "02:00" }]));
    for (now, open) in [
        ("2026-07-16T21:00:00Z", false),
        ("2026-07-17T00:30:00Z", false),
        ("2026-07-17T20:00:00Z", true),
        ("2026-07-17T23:59:59Z", true),
        ("2026-07-18T00:00:00Z", false),
        ("2026-07-18T20:00:00Z", false),
    ] {
        assert_eq!(friday_night.is_open(at(now)), open, "{now}");
    }
    assert_eq!(friday_night.opens_after(at("2026-07-18T00:00:00Z")), Some(at("2026-07-24T20:00:00Z")));
}

#[test]
fn from_midnight_to_24_00_on_every_day_is_always() {
    let always = daily("America/New_York", "00:00", "24:00");
    for now in ["2026-11-01T05:59:59Z", "2026-11-01T06:00:00Z", "2026-03-08T07:00:00Z", "2026-07-17T03:59:59.999Z"] {
        assert!(always.is_open(at(now)), "{now}");
    }
    assert!(codes(&always).is_empty());
    let until_midnight = daily("UTC", "20:00", "24:00");
    assert!(until_midnight.is_open(at("2026-07-17T23:59:59.999Z")));
    assert!(!until_midnight.is_open(at("2026-07-18T00:00:00Z")));
    let through_midnight = daily("UTC", "20:00", "00:00");
    assert!(through_midnight.is_open(at("2026-07-17T23:59:59.999Z")));
    assert!(!through_midnight.is_open(at("2026-07-18T00:00:00Z")));
}

#[test]
fn in_spring_it_opens_where_the_clock_jumps_into_its_hours() {
    // On 29 March 2026 the clock of London goes from 00:59 to 02:00, at 01:00 UTC.
    let partly_skipped = daily("Europe/London", "01:30", "02:30");
    assert_eq!(partly_skipped.opens_after(at("2026-03-29T00:10:00Z")), Some(at("2026-03-29T01:00:00Z")));
    assert!(!partly_skipped.is_open(at("2026-03-29T00:59:59.999Z")));
    assert!(!partly_skipped.is_open(at("2026-03-29T01:30:00Z")));
    let skipped = daily("Europe/London", "01:15", "01:45");
    assert_eq!(skipped.opens_after(at("2026-03-29T00:10:00Z")), Some(at("2026-03-30T00:15:00Z")));
    let skipped_for_a_week = schedule("Europe/London", json!([{ "days": ["sun"], "from": "01:15", "to": "01:45" }]));
    assert_eq!(skipped_for_a_week.opens_after(at("2026-03-22T01:45:00Z")), Some(at("2026-04-05T00:15:00Z")));
}

#[test]
fn in_autumn_it_opens_twice_in_the_hour_that_comes_twice() {
    // On 25 October 2026 the clock of London goes from 01:59 back to 01:00, at 01:00 UTC.
    let early = daily("Europe/London", "01:15", "01:45");
    assert_eq!(early.opens_after(at("2026-10-25T00:00:00Z")), Some(at("2026-10-25T00:15:00Z")));
    assert_eq!(early.opens_after(at("2026-10-25T00:45:00Z")), Some(at("2026-10-25T01:15:00Z")));
    assert_eq!(early.opens_after(at("2026-10-25T01:45:00Z")), Some(at("2026-10-26T01:15:00Z")));
    let over_the_end = daily("Europe/London", "00:30", "01:30");
    assert_eq!(over_the_end.opens_after(at("2026-10-25T00:40:00Z")), Some(at("2026-10-25T01:00:00Z")));
}

#[test]
fn a_clock_put_back_into_the_day_before_opens_it_again() {
    // In 2006, at one minute past midnight, the clock of St. John's went back to 23:01.
    let late = daily("America/St_Johns", "23:30", "23:40");
    assert_eq!(late.opens_after(at("2006-10-29T02:30:30Z")), Some(at("2006-10-29T03:00:00Z")));
}

#[test]
fn a_day_that_a_country_leaves_out_has_no_hours() {
    // Samoa went from Thursday, 29 December 2011, to Saturday, the 31st.
    let fridays = schedule("Pacific/Apia", json!([{ "days": ["fri"], "from": "09:00", "to": "17:00" }]));
    assert_eq!(fridays.opens_after(at("2011-12-24T12:00:00Z")), Some(at("2012-01-05T19:00:00Z")));
}

#[test]
fn what_never_opens_has_no_next_opening() {
    let never = schedule("UTC", json!([]));
    assert_eq!(never.opens_after(at("2026-07-17T00:00:00Z")), None);
    assert_eq!(office().opens_after(Timestamp::MAX), None);
}

#[test]
fn a_schedule_comes_back_from_json_as_it_was() {
    let text = json!({ "time_zone": "Europe/London", "outside": "hold", "hours": [{ "days": ["sat"], "from": "00:00", "to": "24:00" }] });
    let schedule: Schedule = serde_json::from_value(text.clone()).unwrap();
    assert_eq!((schedule.outside, serde_json::to_value(&schedule).unwrap()), (Outside::Hold, text));
    assert_eq!(office().outside, Outside::Skip);
}

#[test]
fn a_time_of_day_is_four_digits_up_to_the_end_of_the_day() {
    for text in ["00:00", "09:05", "23:59", "24:00"] {
        assert_eq!(text.parse::<ClockTime>().unwrap().to_string(), text);
    }
    for text in ["", "9:00", "09:60", "24:01", "25:00", "0900", "09:00:00", "-1:00", "+9:00", "09:0é"] {
        let error = text.parse::<ClockTime>().unwrap_err();
        assert_eq!((error.code(), error.to_string().contains("HH:MM")), ("invalid_time", true), "{text}");
    }
}

#[test]
fn every_way_to_write_hours_that_cannot_be_meant_is_refused() {
    let hours = |days: &[&str], from: &str, to: &str| json!([{ "days": days, "from": from, "to": to }]);
    for (hours, field, code) in [
        (json!([]), "schedule.hours", "length"),
        (Value::from(vec![json!({ "days": ["mon"], "from": "09:00", "to": "10:00" }); 51]), "schedule.hours", "length"),
        (hours(&[], "09:00", "10:00"), "schedule.hours.0.days", "days"),
        (hours(&["mon", "tue", "mon"], "09:00", "10:00"), "schedule.hours.0.days", "days"),
        (hours(&["mon"], "24:00", "10:00"), "schedule.hours.0.from", "range"),
        (hours(&["mon"], "09:00", "09:00"), "schedule.hours.0.to", "range"),
    ] {
        assert_eq!(codes(&schedule("UTC", hours)), [(field.to_owned(), code)]);
    }
    assert!(codes(&office()).is_empty());
}

/// When clocks are changed: in London, New York, and on Lord Howe Island.
const CHANGES: [&str; 5] = [
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-11-01T06:00:00Z",
    "2026-04-04T15:00:00Z",
];

/// Instants within two days of a change of the clock, and anywhere.
fn instants() -> impl Strategy<Value = Timestamp> {
    let near =
        (prop::sample::select(&CHANGES[..]), -2_880i64..2_880).prop_map(|(change, minutes)| (at(change), minutes));
    let anywhere = (0i64..525_600).prop_map(|minutes| (at("2026-01-01T00:00:00Z"), minutes));
    prop_oneof![3 => near, 1 => anywhere].prop_map(|(from, minutes)| from + minutes.minutes())
}

fn zones() -> impl Strategy<Value = &'static str> {
    // Lord Howe Island changes by half an hour, Kathmandu is 5:45 ahead.
    prop::sample::select(&["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"][..])
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let minute = |from: u16, to: u16| (from..=to).prop_map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60));
    // Hours of the night are the ones that clocks skip and repeat.
    let from = prop_oneof![minute(0, 240), minute(0, 1_439)];
    let to = prop_oneof![minute(0, 240), minute(0, 1_440)];
    let hours = (prop::sample::subsequence(&WEEK[..], 1..=7), from, to)
        .prop_map(|(days, from, to)| json!({ "days": days, "from": from, "to": to }));
    (zones(), prop::collection::vec(hours, 1..4)).prop_map(|(zone, hours)| schedule(zone, hours.into()))
}

proptest! {
    #[test]
    fn it_is_open_exactly_between_the_beginning_and_the_end_of_some_hours(schedule in schedules(), now in instants()) {
        let local = schedule.time_zone.timezone().to_datetime(now);
        let minutes = |time: ClockTime| {
            let text = time.to_string();
            let (hour, minute) = text.split_once(':').unwrap();
            hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
        };
        let open = schedule.hours.iter().flat_map(|hours| [0, 1].map(|ago| (hours, ago))).any(|(hours, ago)| {
            let day = local.date() - ago.days();
            let (from, to) = (minutes(hours.from), minutes(hours.to));
            let to = if from <= to { to } else { to + 1_440 };
            let midnight = day.to_datetime(jiff::civil::Time::midnight());
            hours.begin_on(day.weekday()) && midnight + from.minutes() <= local && local < midnight + to.minutes()
        });
        prop_assert_eq!(schedule.is_open(now), open);
    }

    #[test]
    fn nothing_is_open_before_the_next_opening(schedule in schedules(), now in instants()) {
        match schedule.opens_after(now) {
            Some(opens) => {
                prop_assert!(schedule.is_open(opens));
                let mut before = now;
                while before < opens {
                    prop_assert!(!schedule.is_open(before), "open at {before} already, not only at {opens}");
                    before += 1.minute();
                }
            }
            // Hours that end when they begin are refused when they are saved.
            None => prop_assert!(schedule.hours.iter().all(|hours| hours.from == hours.to)),
        }
    }
}
