//! Each condition over values that it takes and does not take, and filters when saved.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn filter(field: &str, is: Value) -> Filter {
    serde_json::from_value(json!({ "field": field, "is": is })).unwrap()
}

/// What the filter says of a lead of supplier `Acme` in a campaign of GB, on 1 March 2026.
fn lets_through(filter: &Filter, fields: &[(&str, &str)]) -> bool {
    let fields = fields.iter().map(|(name, value)| (name.parse().unwrap(), (*value).to_owned())).collect();
    filter.lets_through(&Subject {
        fields: &fields,
        country: "GB".parse().unwrap(),
        sid: &"Acme".parse().unwrap(),
        ssid: Some("Sub-7"),
        source: Some("Google"),
        today: Date::constant(2026, 3, 1),
    })
}

fn takes(is: &Value, value: &str) -> bool {
    lets_through(&filter("f", is.clone()), &[("f", value)])
}

/// Each condition takes the first values and none of the others.
type Taken<'a> = (Value, &'a [&'a str], &'a [&'a str]);

fn each_takes(table: &[Taken]) {
    for (is, taken, not_taken) in table {
        taken.iter().for_each(|value| assert!(takes(is, value), "{is} takes {value:?}"));
        not_taken.iter().for_each(|value| assert!(!takes(is, value), "{is} does not take {value:?}"));
    }
}

#[test]
fn words_are_compared_whatever_their_case_and_patterns_are_not() {
    each_takes(&[
        (json!({ "type": "equals", "value": "Yes" }), &["yes", "YES"], &["no", "yes!", ""]),
        (json!({ "type": "one_of", "of": ["a", "É"] }), &["A", "é"], &["e", "b"]),
        (json!({ "type": "not_one_of", "of": ["slate"] }), &["tiled", ""], &["slate", "SLATE"]),
        (json!({ "type": "country", "of": ["GB", "ie"] }), &["GB", "IE", "gb"], &["FR", "UK", "", "Great Britain"]),
        (
            json!({ "type": "pattern", "pattern": "[A-Z]{2}\\d+|(?i)none" }),
            &["AB1", "None"],
            &["ab1", "AB1x", "xAB1", ""],
        ),
    ]);
}

#[test]
fn a_range_takes_its_ends_and_only_what_is_of_its_kind() {
    each_takes(&[
        (
            json!({ "type": "range", "min": "5" }),
            &["5", "5.0", "10", "9999999999999999999"],
            &["4.999999", "-10", "", "x", "+6"],
        ),
        (json!({ "type": "range", "max": "-0.5" }), &["-0.5", "-1", "-0.500001"], &["-0.499999", "0", "0.5"]),
        // As floats, these would be one number.
        (
            json!({ "type": "range", "min": "0.3", "max": "9007199254740993" }),
            &["0.3", "9007199254740993"],
            &["0.299999999999", "9007199254740994"],
        ),
        (
            json!({ "type": "range", "min": "2026-01-31" }),
            &["2026-01-31", "2027-01-01"],
            &["2026-01-30", "31/01/2026", "2026-02-30", "2026-02-01T00:00", "5"],
        ),
        (
            json!({ "type": "range", "min": "2026-01-01", "max": "2026-12-31" }),
            &["2026-06-15"],
            &["2025-12-31", "2027-01-01"],
        ),
    ]);
}

#[test]
fn an_age_is_in_full_years_on_the_day() {
    each_takes(&[
        (json!({ "type": "age", "min": 18 }), &["2008-03-01", "1900-01-01"], &["2008-03-02", "2027-01-01", "", "old"]),
        (json!({ "type": "age", "max": 18 }), &["2007-03-02", "2026-03-01"], &["2007-03-01", "2026-03-02"]),
        // Who was born on a leap day grows older on 1 March.
        (json!({ "type": "age", "min": 26, "max": 26 }), &["2000-02-29", "1999-03-02"], &["1999-02-28", "2000-03-02"]),
    ]);
}

#[test]
fn the_start_of_a_postcode_ends_where_an_area_or_a_district_ends() {
    each_takes(&[
        (
            json!({ "type": "postcode_prefix", "of": ["ls", "BD1 2"] }),
            &["LS1 4AP", "ls14 2ab", "BD1 2AA"],
            &["L1 4AP", "BD12 2AA", "BD1 3AA", ""],
        ),
        (
            json!({ "type": "postcode_prefix", "of": ["S", "LS1", "SW1"] }),
            &["S1 2AB", "LS1 4AP", "SW1A 1AA"],
            &["SW2 1AA", "LS14 2AB", "SK1 1AA"],
        ),
        (
            json!({ "type": "postcode_prefix", "of": ["90", "10115"] }),
            &["90210", "90210-1234", "10115"],
            &["91000", "19021"],
        ),
    ]);
}

#[test]
fn only_not_one_of_lets_a_lead_without_the_field_through() {
    for (is, through) in [
        (json!({ "type": "equals", "value": "x" }), false),
        (json!({ "type": "one_of", "of": ["x"] }), false),
        (json!({ "type": "not_one_of", "of": ["x"] }), true),
        (json!({ "type": "range", "min": "0" }), false),
        (json!({ "type": "age", "min": 0 }), false),
        (json!({ "type": "postcode_prefix", "of": ["LS"] }), false),
        (json!({ "type": "country", "of": ["GB"] }), false),
        (json!({ "type": "pattern", "pattern": ".*" }), false),
    ] {
        assert_eq!(lets_through(&filter("f", is.clone()), &[("g", "x")]), through, "{is}");
    }
}

#[test]
fn who_sent_a_lead_and_where_it_was_found_can_be_asked_for() {
    let one_of =
        |field: &str, value: &str| lets_through(&filter(field, json!({ "type": "one_of", "of": [value] })), &[]);
    // Acme and acme may be two suppliers.
    assert!(one_of("supplier", "Acme") && !one_of("supplier", "acme"));
    assert!(one_of("ssid", "sub-7") && !one_of("ssid", "sub-8"));
    assert!(one_of("source", "google") && !one_of("source", "bing"));
    let not = json!({ "type": "not_one_of", "of": ["Acme"] });
    assert!(!lets_through(&filter("supplier", not), &[]));
}

#[test]
fn a_lead_that_names_no_country_is_of_its_campaigns() {
    let gb = filter("country", json!({ "type": "country", "of": ["GB"] }));
    assert!(lets_through(&gb, &[]));
    assert!(!lets_through(&gb, &[("country", "IE")]));
    assert!(!lets_through(&filter("country", json!({ "type": "not_one_of", "of": ["gb"] })), &[]));
}

#[test]
fn the_fields_that_a_campaign_must_have_are_told() {
    let names = |field: &str| {
        let filter = filter(field, json!({ "type": "equals", "value": "x" }));
        filter.names().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!((names("roof_type"), names("source")), (vec!["roof_type".to_owned()], vec!["source".to_owned()]));
    assert!(names("supplier").is_empty() && names("ssid").is_empty());
}

#[test]
fn the_reason_says_what_is_asked_for_and_never_names_a_supplier() {
    let many: Vec<String> = (1..=12).map(|number| format!("v{number}")).collect();
    for (field, is, reason) in [
        ("homeowner", json!({ "type": "equals", "value": "yes" }), "homeowner is not yes"),
        (
            "roof",
            json!({ "type": "one_of", "of": many }),
            "roof is none of v1, v2, v3, v4, v5, v6, v7, v8, v9, v10 and 2 more",
        ),
        ("source", json!({ "type": "not_one_of", "of": ["a", "b"] }), "source is one of a, b"),
        ("loan", json!({ "type": "range", "min": "5000.50", "max": "20000" }), "loan is not from 5000.5 to 20000"),
        ("moved", json!({ "type": "range", "min": "2026-01-01" }), "moved is not 2026-01-01 or more"),
        ("dob", json!({ "type": "age", "max": 70 }), "the age by dob is not 70 or less"),
        ("postcode", json!({ "type": "postcode_prefix", "of": ["LS", "BD"] }), "postcode starts with none of LS, BD"),
        ("country", json!({ "type": "country", "of": ["GB"] }), "country is none of GB"),
        ("c1", json!({ "type": "pattern", "pattern": "A.*" }), "c1 does not match A.*"),
        ("supplier", json!({ "type": "one_of", "of": ["rival"] }), "supplier is none of those that are taken"),
        ("supplier", json!({ "type": "not_one_of", "of": ["rival"] }), "supplier is one of those that are not taken"),
    ] {
        assert_eq!(filter(field, is).reason(), reason);
    }
}

#[test]
fn a_filter_comes_back_from_json_as_it_was() {
    let written = json!({ "field": "loan", "is": { "type": "range", "min": "-12.5", "max": "20000" } });
    let filter: Filter = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(filter).unwrap(), written);
    for is in [
        json!({ "type": "range", "min": 5 }),
        json!({ "type": "range", "min": "1,000" }),
        json!({ "type": "range", "min": "2026-02-30" }),
        json!({ "type": "equals", "value": "x", "of": [] }),
        json!({ "type": "like", "value": "x" }),
        json!({ "type": "country", "of": ["Narnia"] }),
    ] {
        assert!(serde_json::from_value::<Filter>(json!({ "field": "f", "is": is })).is_err(), "{is}");
    }
}

#[test]
fn every_filter_that_cannot_be_meant_is_refused() {
    let found = |field: &str, is: &Value| {
        let mut found = Vec::new();
        check(&[filter(field, is.clone())], "filters", &mut found);
        found.into_iter().map(|invalid| (invalid.field, invalid.code)).collect::<Vec<_>>()
    };
    for (field, is, part, code) in [
        ("f", json!({ "type": "equals", "value": "" }), "value", "length"),
        ("f", json!({ "type": "equals", "value": "x".repeat(101) }), "value", "length"),
        ("f", json!({ "type": "one_of", "of": [] }), "of", "length"),
        ("f", json!({ "type": "not_one_of", "of": vec!["x"; 101] }), "of", "length"),
        ("f", json!({ "type": "one_of", "of": ["x", " y"] }), "of", "length"),
        ("f", json!({ "type": "range" }), "min", "required"),
        ("f", json!({ "type": "range", "min": "2", "max": "1.999" }), "max", "bad_range"),
        ("f", json!({ "type": "range", "min": "2", "max": "2026-01-01" }), "max", "bad_range"),
        ("f", json!({ "type": "age" }), "min", "required"),
        ("f", json!({ "type": "age", "min": 30, "max": 29 }), "max", "bad_range"),
        ("f", json!({ "type": "postcode_prefix", "of": ["LS*"] }), "of", "not_a_postcode"),
        ("f", json!({ "type": "postcode_prefix", "of": [""] }), "of", "not_a_postcode"),
        ("f", json!({ "type": "country", "of": [] }), "of", "length"),
        ("f", json!({ "type": "pattern", "pattern": "(" }), "pattern", "bad_pattern"),
        ("supplier", json!({ "type": "pattern", "pattern": "A.*" }), "type", "unfit"),
        ("supplier", json!({ "type": "one_of", "of": ["Acme", "a b"] }), "of", "invalid_reference"),
    ] {
        assert_eq!(found(field, &is), [(format!("filters.0.is.{part}"), code)], "{is}");
    }
    for (field, is) in [
        ("f", json!({ "type": "one_of", "of": vec!["x".repeat(100); 100] })),
        ("f", json!({ "type": "range", "min": "2", "max": "2.000" })),
        ("supplier", json!({ "type": "not_one_of", "of": ["Acme"] })),
    ] {
        assert!(found(field, &is).is_empty(), "{is}");
    }
    let mut too_many = Vec::new();
    check(&vec![filter("f", json!({ "type": "equals", "value": "x" })); 51], "filters", &mut too_many);
    assert_eq!(too_many.first().map(|invalid| (invalid.field.as_str(), invalid.code)), Some(("filters", "length")));
}

proptest! {
    #[test]
    fn numbers_are_compared_by_every_digit(one in any::<i64>(), other in any::<i64>(), places in 0u32..=12) {
        let written = |number: i64| {
            let digits = format!("{:013}", number.unsigned_abs());
            let (whole, rest) = digits.split_at(digits.len() - places as usize);
            let sign = if number < 0 { "-" } else { "" };
            if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
        };
        let limit: Limit = written(one).parse().unwrap();
        prop_assert_eq!(limit.compare(&written(other)), Some(one.cmp(&other)));
        // As it is shown, it is the same number.
        prop_assert_eq!(limit.to_string().parse(), Ok(limit));
    }

    #[test]
    fn in_and_not_in_never_agree_on_a_value(value in "[a-cA-C]{1,2}", values in prop::collection::vec("[a-cA-C]{1,2}", 1..5)) {
        let says = |kind: &str| takes(&json!({ "type": kind, "of": values }), &value);
        prop_assert_ne!(says("one_of"), says("not_one_of"));
    }

    #[test]
    fn no_value_and_no_name_makes_a_filter_stumble(value in "\\PC{0,12}", prefix in "\\PC{0,6}") {
        for is in [
            json!({ "type": "postcode_prefix", "of": [prefix] }),
            json!({ "type": "range", "min": "1", "max": "2026-01-01" }),
            json!({ "type": "age", "min": 1 }),
            json!({ "type": "country", "of": ["GB"] }),
        ] {
            let _ = takes(&is, &value);
        }
    }
}
