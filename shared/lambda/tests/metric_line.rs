//! The line that CloudWatch reads metrics from, by the specification of its embedded metric format. In a process of its own,
//! as there is one recorder in each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lambda::metrics::{ALL, flush_into, init};
use metrics::Unit;
use serde_json::{Value, json};

fn written() -> String {
    let mut written = Vec::new();
    flush_into(&mut written).unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn what_was_counted_is_one_line_with_a_value_and_a_unit_for_each_metric() {
    metrics::counter!("delivery_accepted").increment(1);
    assert_eq!(written(), "", "nobody listens yet");

    init("volley-test".to_owned());
    assert_eq!(written(), "", "nothing was counted");

    let before = lambda::now().as_millisecond();
    metrics::counter!("delivery_accepted").increment(1);
    metrics::counter!("delivery_accepted").increment(2);
    metrics::histogram!("buyer_ms").record(12);
    metrics::histogram!("buyer_ms").record(340);
    let text = written();
    assert_eq!((text.matches('\n').count(), text.ends_with('\n')), (1, true));
    let line: Value = serde_json::from_str(&text).unwrap();
    let time = line["_aws"]["Timestamp"].as_i64().unwrap();
    assert!((before..=lambda::now().as_millisecond()).contains(&time), "milliseconds since 1970: {time}");
    let metrics =
        json!([{ "Name": "buyer_ms", "Unit": "Milliseconds" }, { "Name": "delivery_accepted", "Unit": "Count" }]);
    let directive = json!([{ "Namespace": "volley-test", "Dimensions": [[]], "Metrics": metrics }]);
    assert_eq!(line["_aws"]["CloudWatchMetrics"], directive);
    assert_eq!((&line["delivery_accepted"], &line["buyer_ms"]), (&json!(3), &json!([12.0, 340.0])));

    assert_eq!(written(), "", "what was written is not written again");
}

#[test]
fn metrics_are_named_once_and_times_say_so_in_their_names() {
    let mut names: Vec<&str> = ALL.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    names.dedup();
    // One line of the format holds no more.
    assert!(names.len() == ALL.len() && names.len() <= 100);
    assert!(ALL.iter().all(|(name, unit, _)| name.ends_with("_ms") == (*unit == Unit::Milliseconds)));
}
