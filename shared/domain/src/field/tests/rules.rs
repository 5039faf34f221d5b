//! Rules of fields, as they are written, and what is refused when they are saved.

use serde_json::json;

use super::*;

#[test]
fn a_rule_in_json_refuses_settings_that_its_kind_does_not_have() {
    assert!(serde_json::from_value::<FieldRule>(json!({"name": "f", "kind": {"type": "email"}})).is_ok());
    for kind in [
        json!({"type": "email", "max_len": 5}),
        json!({"type": "text", "min": 1}),
        json!({"type": "colour"}),
        json!({}),
    ] {
        assert!(serde_json::from_value::<FieldRule>(json!({"name": "f", "kind": kind})).is_err(), "{kind}");
    }
    assert!(serde_json::from_value::<FieldRule>(json!({"name": "f", "kind": {"type": "email"}, "x": 1})).is_err());
}

#[test]
fn a_rule_comes_back_from_json_as_it_was() {
    let rule = rule(json!({"type": "text", "min_len": 2, "max_len": 9, "pattern": "[a-z]+"}));
    let text = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<FieldRule>(&text).unwrap(), rule);
}

#[test]
fn a_rule_that_makes_no_sense_is_refused_when_saved() {
    for (kind, code) in [
        (json!({"type": "text", "pattern": "["}), "bad_pattern"),
        (json!({"type": "text", "pattern": "a)|(b"}), "bad_pattern"),
        (json!({"type": "text", "pattern": "(?=a)"}), "bad_pattern"),
        (json!({"type": "text", "pattern": "(\\w{100}){100}"}), "bad_pattern"),
        (json!({"type": "text", "min_len": 3, "max_len": 2}), "bad_range"),
        (json!({"type": "text", "max_len": 1001}), "bad_range"),
        (json!({"type": "text", "max_len": 0}), "bad_range"),
        (json!({"type": "integer", "min": 3, "max": 2}), "bad_range"),
        (json!({"type": "date_of_birth", "min_age": 80, "max_age": 18}), "bad_range"),
        (json!({"type": "choice", "of": []}), "bad_choices"),
        (json!({"type": "choice", "of": ["a", " b"]}), "bad_choices"),
        (json!({"type": "choice", "of": ["a", "A"]}), "bad_choices"),
    ] {
        assert_eq!(rule(kind.clone()).validate_rule().unwrap_err().code, code, "{kind}");
    }
    let reserved: FieldRule = serde_json::from_value(json!({"name": "campid", "kind": {"type": "email"}})).unwrap();
    assert_eq!(reserved.validate_rule().unwrap_err().code, "reserved_name");
    assert_eq!(rule(json!({"type": "text", "min_len": 2, "max_len": 2, "pattern": "\\d+"})).validate_rule(), Ok(()));
}
