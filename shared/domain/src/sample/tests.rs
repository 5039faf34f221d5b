//! Made-up leads keep the rules of their campaign.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::prelude::*;
use serde_json::{Value, json};
use ulid::Ulid;

use super::*;

fn campaign(country: &str, fields: Value) -> Campaign {
    serde_json::from_value(json!({
        "campid": "solar", "name": "S", "country": country, "currency": "GBP", "fields": fields,
        "payout": { "mode": "buyer_accept", "amount": { "amount": "1.00", "currency": "GBP" } },
    }))
    .unwrap()
}

fn made(campaign: &Campaign, given: Value) -> Result<Lead, Vec<String>> {
    let given: BTreeMap<String, String> = serde_json::from_value(given).unwrap();
    let now = "2026-11-05T10:20:30.400Z".parse().unwrap();
    let problems = |problems: Vec<FieldProblem>| {
        problems.into_iter().map(|problem| format!("{} {}", problem.field, problem.code)).collect()
    };
    lead(campaign, &given, LeadId::from_ulid(Ulid(1)), now).map_err(problems)
}

/// The names of the fields whose made-up values break their rule.
fn broken(campaign: &Campaign) -> Vec<String> {
    let made = made(campaign, json!({})).unwrap();
    let context = FieldContext { country: campaign.country, today: "2026-11-05".parse().unwrap() };
    let is_broken = |rule: &&FieldRule| {
        let value = made.fields.get(&rule.name).cloned().unwrap_or_default();
        value.is_empty() || rule.check(&value, &context).as_ref() != Ok(&value)
    };
    let of_campaign: Vec<_> = rules(campaign).into_iter().filter(|rule| rule.name.as_str() != SOURCE).collect();
    of_campaign.iter().filter(is_broken).map(|rule| rule.name.to_string()).collect()
}

#[test]
fn every_kind_of_field_gets_a_value_that_keeps_its_rule() {
    let fields = json!([
        { "name": "a", "kind": { "type": "text", "min_len": 10, "max_len": 12 } },
        { "name": "b", "kind": { "type": "text", "max_len": 2 } },
        { "name": "c", "kind": { "type": "text", "pattern": "[A-Z]{2}[0-9]{6}" } },
        { "name": "d", "kind": { "type": "text", "pattern": "(?i)ref-(\\d+|x)", "min_len": 12 } },
        { "name": "e", "kind": { "type": "date" } },
        { "name": "dob", "kind": { "type": "date_of_birth", "min_age": 60, "max_age": 60 } },
        { "name": "young", "kind": { "type": "date_of_birth", "max_age": 0 } },
        { "name": "f", "kind": { "type": "integer", "min": 100, "max": 5_000 } },
        { "name": "g", "kind": { "type": "integer", "max": -3 } },
        { "name": "h", "kind": { "type": "decimal" } },
        { "name": "i", "kind": { "type": "choice", "of": ["tiled", "flat"] } },
        { "name": "j", "kind": { "type": "boolean" } },
        { "name": "k", "kind": { "type": "country", "allowed": ["FR", "DE"] } },
        { "name": "l", "kind": { "type": "url" } },
        { "name": "m", "kind": { "type": "ip_address" } },
    ]);
    assert_eq!(broken(&campaign("GB", fields)), [""; 0]);
}

#[test]
fn people_of_every_country_have_phones_and_postcodes() {
    for country in ["GB", "US", "DE", "FR", "ES", "IT", "NL", "IE", "AU", "ZA", "BR", "IN"] {
        assert_eq!(broken(&campaign(country, json!([]))), [""; 0], "{country}");
    }
}

#[test]
fn what_is_given_stands_in_the_lead_if_it_keeps_the_rules() {
    let solar = campaign("GB", json!([{ "name": "roof", "kind": { "type": "choice", "of": ["tiled", "flat"] } }]));
    let lead = made(&solar, json!({ "roof": "FLAT", "source": "me", "lastname": "" })).unwrap();
    assert_eq!((lead.fields["roof"].as_str(), lead.source.as_deref()), ("flat", Some("me")));
    assert!(!lead.fields.contains_key("lastname"));
    let refused = made(&solar, json!({ "roof": "green", "colour": "red" })).unwrap_err();
    assert_eq!(refused, ["roof not_allowed", "colour unknown_field"]);
}

#[test]
fn a_made_up_lead_is_a_test_and_for_sale_to_nobody() {
    let lead = made(&campaign("GB", json!([])), json!({})).unwrap();
    assert!(lead.test && !lead.is_for_sale());
    assert_eq!((lead.sid.as_str(), lead.source.as_deref()), ("sample", Some("sample")));
}

proptest! {
    #[test]
    fn any_pattern_is_gone_through_in_bounds(source in "([a-c.]|\\(|\\)|\\||\\*|\\+|\\?|\\{2,9\\}|\\{99\\}|\\[\\^?[a-c-]\\]|\\\\[dwb]){0,30}") {
        for text in pattern::matching(&source) {
            prop_assert!(text.len() <= 2_000);
        }
    }
}
