//! What is picked out of answers: references, prices, URLs, reasons.

use serde_json::{Value, json};

use super::{read, rejected, rules};
use crate::{
    answer::{AnswerRules, Verdict},
    money::Money,
    words::MAX_REASON,
};

fn accepting(picks: Value) -> AnswerRules {
    let mut json = json!({ "rules": [{ "then": "accepted", "status": ["200"] }] });
    json.as_object_mut().unwrap().extend(picks.as_object().unwrap().clone());
    rules(json)
}

/// Of an acceptance: price in minor units, reference, redirect URL.
type Parts = (Option<i64>, Option<String>, Option<String>);

fn accepted(picks: Value, headers: &[(&str, &str)], body: &str) -> Option<Parts> {
    match read(&accepting(picks), 200, headers, body).verdict {
        Verdict::Accepted { price, reference, redirect_url } => {
            Some((price.map(|Money { minor, .. }| minor), reference, redirect_url))
        }
        Verdict::Unclear { .. } => None,
        other @ (Verdict::Rejected { .. }
        | Verdict::Duplicate { .. }
        | Verdict::Unrecognised { .. }
        | Verdict::Pending { .. }
        | Verdict::Retry { .. }
        | Verdict::NoAnswer { .. }) => unreachable!("{other:?}"),
    }
}

#[test]
fn a_reference_is_picked_from_each_part_of_an_answer() {
    let xml = r#"<r><lead id="X-1"> first </lead><lead id="X-2">second</lead></r>"#;
    let cases = [
        (json!({ "json": "/id" }), r#"{"id":"B-1"}"#, Some("B-1")),
        (json!({ "json": "/id" }), r#"{"id":12345678901234567890}"#, Some("12345678901234567890")),
        (json!({ "json": "/id" }), r#"{"id":{"a":1}}"#, None),
        (json!({ "json": "/id" }), r#"{"id":null}"#, None),
        (json!({ "json": "/id" }), "B-1", None),
        (json!({ "xml": "/r/lead" }), xml, Some("first")),
        (json!({ "xml": "/r/lead/@id" }), xml, Some("X-1")),
        (json!({ "xml": "/r/@id" }), xml, None),
        (json!({ "header": "X-Id" }), "", Some("H-1")),
        (json!({ "header": "X-None" }), "", None),
        (json!({ "pattern": "id=(\\d+)" }), "ok id=17, id=18", Some("17")),
        (json!({ "pattern": "\\d+" }), "ok id=17, id=18", Some("17")),
        (json!({ "pattern": "id=(\\d+)|ref=(\\w+)" }), "ref=ab", Some("ab")),
        (json!({ "pattern": "id=(\\d*)" }), "id=", None),
    ];
    for (pick, body, wanted) in cases {
        let (_, reference, _) = accepted(json!({ "reference": pick }), &[("x-id", "H-1")], body).unwrap();
        assert_eq!(reference.as_deref(), wanted, "{pick} {body}");
    }
}

#[test]
fn a_price_is_read_from_text_or_number_without_a_floating_point() {
    let price = |body: &str| accepted(json!({ "price": { "json": "/price" } }), &[], body).map(|parts| parts.0);
    assert_eq!(price(r#"{"price":"12.50"}"#), Some(Some(1_250)));
    assert_eq!(price(r#"{"price":12.5}"#), Some(Some(1_250)));
    assert_eq!(price("{}"), Some(None));
    let (minor, ..) = accepted(json!({ "price": { "pattern": "pay ([0-9.]+)" } }), &[], "we pay 3.10 pounds").unwrap();
    assert_eq!(minor, Some(310));
}

#[test]
fn a_price_that_cannot_be_read_is_not_replaced_by_a_guess() {
    for price in [r#""12.505""#, r#""£12.50""#, "-1", r#""1e3""#, "true", r#"{"amount":1}"#] {
        let body = format!(r#"{{"price":{price}}}"#);
        assert_eq!(accepted(json!({ "price": { "json": "/price" } }), &[], &body), None, "{price}");
    }
}

#[test]
fn only_a_url_that_a_person_may_be_sent_to_is_picked() {
    let long = |length: usize| format!("https://b.example/{}", "x".repeat(length - 18));
    let (fits, too_long) = (long(500), long(501));
    for (url, is_picked) in [
        ("https://buyer.example/thanks?id=1", true),
        ("http://buyer.example/", true),
        (fits.as_str(), true),
        (too_long.as_str(), false),
        ("javascript:alert(1)", false),
        ("data:text/html,x", false),
        ("//buyer.example/", false),
        ("/thanks", false),
        ("https://user:pw@buyer.example/", false),
        ("https:", false),
    ] {
        let (.., picked) =
            accepted(json!({ "redirect_url": { "header": "location" } }), &[("location", url)], "").unwrap();
        assert_eq!(picked.as_deref(), is_picked.then_some(url), "{url}");
    }
}

#[test]
fn a_refusal_gives_the_buyers_reason_in_bounds() {
    let rules = rules(json!({ "rules": [{ "then": "rejected", "status": ["422"] }], "reason": { "json": "/error" } }));
    let long = "x".repeat(500);
    let verdict = read(&rules, 422, &[], &format!(r#"{{"error":"{long}\u0007"}}"#)).verdict;
    assert_eq!(verdict, rejected(&"x".repeat(MAX_REASON)));
    assert_eq!(read(&rules, 422, &[], "no").verdict, rejected("the buyer answered 422"));
}

#[test]
fn reason_codes_read_as_what_they_mean_and_unknown_ones_as_unrecognised() {
    let rules = rules(json!({
        "rules": [
            { "then": "duplicate", "json": { "pointer": "/code", "equals": 9 } },
            { "then": "rejected", "status": ["200"] },
        ],
        "reason": { "json": "/code" },
        "reasons": { "7": "outside of our area", "9": "had it in May" },
    }));
    for (body, reason) in [
        (r#"{"code":7}"#, "outside of our area"),
        (r#"{"code":"7"}"#, "outside of our area"),
        (r#"{"code":8}"#, "unrecognised (8)"),
        ("{}", "the buyer answered 200"),
    ] {
        assert_eq!(read(&rules, 200, &[], body).verdict, rejected(reason), "{body}");
    }
    let known = Verdict::Duplicate { reason: "duplicate: had it in May".to_owned() };
    assert_eq!(read(&rules, 200, &[], r#"{"code":9}"#).verdict, known);
}
