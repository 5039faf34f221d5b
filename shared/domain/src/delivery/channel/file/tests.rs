//! Which file a row goes into, by the clock on the wall, and what could never be a file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{delivery::Channel, id::BuyerRef, setup::Record, time::later};

fn delivery(changes: Value) -> Delivery {
    let mut channel = json!({
        "kind": "file", "time_zone": "Europe/London", "columns": [{ "name": "E-mail", "value": "{{ lead.email }}" }],
    });
    channel.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let delivery = json!({
        "did": "d1", "name": "D", "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" }, "channel": channel,
    });
    serde_json::from_value(delivery).unwrap()
}

fn file(changes: Value) -> FileChannel {
    match delivery(changes).channel {
        Channel::File(file) => *file,
        other @ (Channel::Http(_) | Channel::Store(_) | Channel::Email(_) | Channel::Transfer(_) | Channel::L2l(_)) => {
            unreachable!("it is a file: {other:?}")
        }
    }
}

/// The file of an instant, and when it closes.
fn of(file: &FileChannel, at: &str) -> (String, String) {
    let period = file.period(at.parse().unwrap());
    (period.stem, period.closes.to_string())
}

fn is(stem: &str, closes: &str) -> (String, String) {
    (stem.to_owned(), closes.to_owned())
}

#[test]
fn a_file_is_named_by_the_day_on_which_it_closes() {
    let midnight = file(json!({}));
    assert_eq!(of(&midnight, "2026-11-05T10:00:00Z"), is("2026-11-06", "2026-11-06T00:00:00Z"));
    assert_eq!(of(&midnight, "2026-11-05T23:59:59.999Z"), is("2026-11-06", "2026-11-06T00:00:00Z"));
    assert_eq!(of(&midnight, "2026-11-06T00:00:00Z"), is("2026-11-07", "2026-11-07T00:00:00Z"));
    // In summer, the day in London begins an hour earlier.
    assert_eq!(of(&midnight, "2026-07-05T23:00:00Z"), is("2026-07-07", "2026-07-06T23:00:00Z"));
    let six = file(json!({ "at": ["06:00"], "name": "leads" }));
    assert_eq!(of(&six, "2026-11-05T05:59:00Z"), is("leads-2026-11-05", "2026-11-05T06:00:00Z"));
    assert_eq!(of(&six, "2026-11-05T06:00:00Z"), is("leads-2026-11-06", "2026-11-06T06:00:00Z"));
}

#[test]
fn several_files_of_a_day_are_told_apart_by_their_times() {
    let twice = file(json!({ "at": ["18:30", "06:00"] }));
    assert_eq!(of(&twice, "2026-11-05T05:59:00Z"), is("2026-11-05T0600", "2026-11-05T06:00:00Z"));
    assert_eq!(of(&twice, "2026-11-05T06:00:00Z"), is("2026-11-05T1830", "2026-11-05T18:30:00Z"));
    assert_eq!(of(&twice, "2026-11-05T18:30:00Z"), is("2026-11-06T0600", "2026-11-06T06:00:00Z"));
}

#[test]
fn a_file_closes_once_on_a_day_that_skips_or_repeats_its_time() {
    let skipped = file(json!({ "at": ["01:30"] }));
    assert_eq!(of(&skipped, "2026-03-29T00:59:00Z"), is("2026-03-29", "2026-03-29T01:30:00Z"));
    assert_eq!(of(&skipped, "2026-10-24T12:00:00Z"), is("2026-10-25", "2026-10-25T00:30:00Z"));
    assert_eq!(of(&skipped, "2026-10-25T00:30:00Z"), is("2026-10-26", "2026-10-26T01:30:00Z"));
    // Samoa had no 30 December 2011: the file of that day closes when the next one begins.
    let samoa = file(json!({ "time_zone": "Pacific/Apia", "at": ["06:00"] }));
    let closings: Vec<String> = ["2011-12-29T12:00:00Z", "2011-12-30T12:00:00Z"].map(|at| of(&samoa, at).1).into();
    assert_eq!(closings, ["2011-12-29T16:00:00Z", "2011-12-30T16:00:00Z"]);
}

#[test]
fn a_file_of_every_hour_closes_on_the_hour_and_the_repeated_one_has_a_name_of_its_own() {
    let hourly = file(json!({ "every": "hour" }));
    assert_eq!(of(&hourly, "2026-07-05T10:15:00Z"), is("2026-07-05T1200", "2026-07-05T11:00:00Z"));
    assert_eq!(of(&hourly, "2026-10-24T23:30:00Z"), is("2026-10-25T0100", "2026-10-25T00:00:00Z"));
    assert_eq!(of(&hourly, "2026-10-25T00:30:00Z"), is("2026-10-25T0100-2", "2026-10-25T01:00:00Z"));
    assert_eq!(of(&hourly, "2026-10-25T01:30:00Z"), is("2026-10-25T0200", "2026-10-25T02:00:00Z"));
    let nepal = file(json!({ "every": "hour", "time_zone": "Asia/Kathmandu" }));
    assert_eq!(of(&nepal, "2026-07-05T10:14:59Z"), is("2026-07-05T1600", "2026-07-05T10:15:00Z"));
}

#[test]
fn a_file_is_in_the_folder_of_its_buyer_or_in_one_that_no_buyer_can_have() {
    let own = delivery(json!({}));
    assert_eq!(FileChannel::path(&own, "2026-11-06"), "outgoing/_/d1/2026-11-06.csv");
    assert!("_".parse::<BuyerRef>().is_err());
    // Not below the folder of the buyer that is called as the delivery is, either.
    let named_alike = Delivery { bid: Some(own.did.as_str().parse().unwrap()), ..own.clone() };
    assert_eq!(FileChannel::path(&named_alike, "2026-11-06"), "outgoing/d1/d1/2026-11-06.csv");
    assert!(!FileChannel::path(&own, "2026-11-06").starts_with("outgoing/d1/"));
    let bought = Delivery { bid: Some("b1".parse().unwrap()), ..own };
    assert_eq!(FileChannel::path(&bought, "2026-11-06"), "outgoing/b1/d1/2026-11-06.csv");
}

fn findings(changes: Value) -> Vec<String> {
    delivery(changes).check().into_iter().map(|found| format!("{} {}", found.field, found.code)).collect()
}

#[test]
fn a_file_has_columns_with_names_of_their_own() {
    let columns = |names: &[&str]| {
        let columns: Vec<Value> = names.iter().map(|name| json!({ "name": name, "value": "" })).collect();
        findings(json!({ "columns": columns }))
    };
    assert_eq!(columns(&["a", "A", "=b", "\"c\",;"]), [""; 0]);
    assert_eq!(columns(&[]), ["channel.columns length"]);
    assert_eq!(columns(&["a", "b", "a"]), ["channel.columns.2.name repeated"]);
    assert_eq!(columns(&[" ", "a\nb"]), ["channel.columns.0.name name", "channel.columns.1.name name"]);
    let broken = json!({ "columns": [{ "name": "a", "value": "{{ lead.email | nothing }}" }] });
    assert_eq!(findings(broken).len(), 1);
}

#[test]
fn a_file_closes_at_times_that_a_clock_shows() {
    assert_eq!(findings(json!({ "at": ["00:00", "23:59"] })), [""; 0]);
    assert_eq!(findings(json!({ "at": ["24:00", "06:00", "06:00"] })), ["channel.at.0 range", "channel.at.2 repeated"]);
    assert_eq!(findings(json!({ "every": "hour", "at": ["06:00"] })), ["channel.at not_with_hours"]);
}

#[test]
fn a_file_is_named_by_no_path() {
    for name in ["leads", "a.b_c-9"] {
        assert_eq!(findings(json!({ "name": name })), [""; 0]);
    }
    for name in ["", "a/b", "..", ".a", "a b", "a#b", "é", &"a".repeat(61)] {
        assert_eq!(findings(json!({ "name": name })), ["channel.name file_name"], "{name}");
    }
}

proptest! {
    #[test]
    fn files_follow_each_other_without_gap_or_overlap(
        minutes in 0i64..2_000_000, times in proptest::collection::btree_set(0u16..1_440, 0..5), hourly: bool,
        zone in proptest::sample::select(vec!["Europe/London", "Pacific/Apia", "Australia/Lord_Howe", "America/Santiago", "UTC"]),
    ) {
        let at: Vec<String> = times.iter().map(|time| format!("{:02}:{:02}", time / 60, time % 60)).collect();
        let file = match hourly {
            true => file(json!({ "every": "hour", "time_zone": zone })),
            false => file(json!({ "at": at, "time_zone": zone })),
        };
        let start: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let now = later(start, SignedDuration::from_mins(minutes));
        let period = file.period(now);
        prop_assert!(period.closes > now && now.duration_until(period.closes) < SignedDuration::from_hours(72));
        let last = later(period.closes, -SignedDuration::from_millis(1));
        prop_assert_eq!(&file.period(last), &period);
        let next = file.period(period.closes);
        prop_assert!(next.closes > period.closes && next.stem != period.stem);
    }
}
