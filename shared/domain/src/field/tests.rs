//! Names of fields; rules when saved, values when sent, and whole forms; what holds for every kind.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod forms;
mod rules;
mod values;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The kinds without settings that refuse some values.
const KINDS: &[&str] = &[
    "email",
    "phone",
    "postcode",
    "date",
    "date_of_birth",
    "integer",
    "decimal",
    "boolean",
    "ip_address",
    "url",
    "country",
];

fn ctx(country: &str) -> FieldContext {
    FieldContext { country: country.parse().unwrap(), today: Date::constant(2025, 6, 15) }
}

fn rule(kind: serde_json::Value) -> FieldRule {
    serde_json::from_value(json!({"name": "f", "kind": kind})).unwrap()
}

fn check(kind: serde_json::Value, raw: &str) -> Result<String, &'static str> {
    check_in("GB", kind, raw)
}

fn check_in(country: &str, kind: serde_json::Value, raw: &str) -> Result<String, &'static str> {
    rule(kind).check(raw, &ctx(country)).map_err(|problem| problem.code)
}

#[test]
fn a_field_name_is_a_short_lower_case_word() {
    for name in CUSTOMARY_FIELDS {
        assert!(name.parse::<FieldName>().unwrap().is_customary());
    }
    assert!(!"roof_type".parse::<FieldName>().unwrap().is_customary());
    for name in ["", "Email", "1st", "_a", "a-b", "a.b", "é", &"a".repeat(41)] {
        assert_eq!(name.parse::<FieldName>(), Err(InvalidFieldName), "{name}");
    }
}

proptest! {
    #[test]
    fn a_stored_value_is_stored_the_same_again(
        raw in "\\PC{0,12}|[0-9/ :.+-]{1,12}|[a-zA-Z]{1,2}[0-9]{1,2} ?[0-9][a-z]{2}",
    ) {
        for kind in KINDS.iter().chain(&["text"]) {
            if let Ok(stored) = check(json!({"type": kind}), &raw) {
                prop_assert_eq!(check(json!({"type": kind}), &stored), Ok(stored), "{}", kind);
            }
        }
    }

    #[test]
    fn a_detail_never_repeats_a_refused_value(raw in "[a-z0-9+@./-]{8,30}") {
        for kind in KINDS {
            if let Err(problem) = rule(json!({"type": kind})).check(&raw, &ctx("GB")) {
                prop_assert!(!problem.detail.contains(&raw), "{}", problem.detail);
            }
        }
    }
}
