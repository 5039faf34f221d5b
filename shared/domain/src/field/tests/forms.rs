//! All fields of a lead at once.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn form(rules: serde_json::Value, given: serde_json::Value) -> Result<BTreeMap<FieldName, String>, Vec<FieldProblem>> {
    let rules: Vec<FieldRule> = serde_json::from_value(rules).unwrap();
    let given: BTreeMap<String, String> = serde_json::from_value(given).unwrap();
    check_fields(&rules, &given, &ctx("GB"))
}

#[test]
fn customary_fields_are_judged_by_their_natural_kind() {
    let accepted = form(
        json!([]),
        json!({"email": "JO@example.com", "phone2": "0161 496 0000", "dob": "03/04/1980", "c1": " x ", "c2": ""}),
    );
    let expected = [("c1", "x"), ("dob", "1980-04-03"), ("email", "jo@example.com"), ("phone2", "+441614960000")];
    let expected = expected.map(|(name, value)| (name.parse().unwrap(), value.to_owned()));
    assert_eq!(accepted.unwrap(), BTreeMap::from(expected));
    let names = ["email", "phone1", "country", "ipaddress", "optinurl", "postcode", "dob"];
    let problems = form(json!([]), json!(BTreeMap::from(names.map(|name| (name, "x")))));
    let codes: Vec<_> = problems.unwrap_err().into_iter().map(|problem| problem.code).collect();
    assert_eq!(
        codes,
        [
            "not_a_country",
            "not_a_date",
            "not_an_email",
            "not_an_ip_address",
            "not_a_url",
            "not_a_phone",
            "not_a_postcode"
        ]
    );
}

#[test]
fn a_rule_stands_before_the_natural_kind() {
    let rules = json!([{"name": "email", "kind": {"type": "text", "max_len": 3}}]);
    assert_eq!(form(rules, json!({"email": "abc"})).unwrap().get("email").map(String::as_str), Some("abc"));
}

#[test]
fn all_problems_are_told_at_once_and_unknown_names_with_near_ones() {
    let rules = json!([
        {"name": "roof_type", "kind": {"type": "choice", "of": ["flat", "pitched"]}, "required": true},
        {"name": "age", "kind": {"type": "integer"}},
    ]);
    let given = json!({"age": "old", "first_name": "Jo", "emial": "x", "rooftype": "flat", "zzz": "1", "x": "1"});
    let problems = form(rules, given).unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| (problem.field.as_str(), problem.code)).collect();
    assert_eq!(
        told,
        [
            ("roof_type", "required"),
            ("age", "not_an_integer"),
            ("emial", "unknown_field"),
            ("first_name", "unknown_field"),
            ("rooftype", "unknown_field"),
            ("x", "unknown_field"),
            ("zzz", "unknown_field")
        ]
    );
    assert!(problems[2].detail.ends_with("did you mean email?"), "{}", problems[2].detail);
    assert!(problems[3].detail.ends_with("did you mean firstname?"), "{}", problems[3].detail);
    assert!(problems[4].detail.ends_with("did you mean roof_type?"), "{}", problems[4].detail);
    assert!(problems[6].detail.contains("leave it out"), "{}", problems[6].detail);
}

#[test]
fn an_unknown_name_is_repeated_only_in_part() {
    let problems = form(json!([]), json!({"é".repeat(10_000): "1"})).unwrap_err();
    assert_eq!(problems[0].field.chars().count(), 60);
}
