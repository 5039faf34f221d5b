//! How answers read.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use serde_json::json;

use super::*;

fn rules() -> AnswerRules {
    serde_json::from_value(json!({
        "accepted": [{ "status": ["2xx"], "json": { "pointer": "/ok", "equals": true } }, { "text": "thank you" }],
        "rejected": [{ "json": { "pointer": "/ok", "equals": false } }, { "status": ["422"] }],
        "pending": [{ "status": ["202"] }],
        "retry": [{ "text": "come back later" }],
        "reference": "/id", "price": "/price", "reason": "/error/text",
    }))
    .unwrap()
}

fn read(status: u16, body: &str) -> Verdict {
    rules().read(&Answer { status, body: body.as_bytes() }, "GBP".parse().unwrap())
}

fn accepted(minor: Option<i64>, reference: Option<&str>) -> Verdict {
    let price = minor.map(|minor| Money { minor, currency: "GBP".parse().unwrap() });
    Verdict::Accepted { price, reference: reference.map(str::to_owned) }
}

#[test]
fn acceptance_needs_all_that_its_rule_names() {
    assert_eq!(read(200, r#"{"ok":true,"id":"B-1"}"#), accepted(None, Some("B-1")));
    assert!(!matches!(read(500, r#"{"ok":true}"#), Verdict::Accepted { .. }));
}

#[test]
fn text_is_found_whatever_its_case() {
    assert_eq!(read(200, "<p>THANK YOU!</p>"), accepted(None, None));
}

#[test]
fn a_price_is_read_from_text_or_number_without_a_floating_point() {
    assert_eq!(read(200, r#"{"ok":true,"price":"12.50"}"#), accepted(Some(1_250), None));
    assert_eq!(read(200, r#"{"ok":true,"price":12.5,"id":7}"#), accepted(Some(1_250), Some("7")));
}

#[test]
fn a_price_that_cannot_be_read_is_not_replaced_by_a_guess() {
    for price in [r#""12.505""#, r#""£12.50""#, "-1", r#""1e3""#] {
        let verdict = read(200, &format!(r#"{{"ok":true,"price":{price}}}"#));
        assert!(matches!(verdict, Verdict::Unclear { .. }), "{price}: {verdict:?}");
    }
}

#[test]
fn a_refusal_gives_the_buyers_reason_in_bounds() {
    let long = "x".repeat(500);
    let verdict = read(422, &format!(r#"{{"error":{{"text":"{long}\u0007"}}}}"#));
    assert_eq!(verdict, Verdict::Rejected { reason: "x".repeat(MAX_REASON) });
    assert_eq!(read(422, "no"), Verdict::Rejected { reason: "the buyer answered 422".to_owned() });
}

#[test]
fn the_order_of_the_lists_decides_between_rules_that_both_match() {
    assert_eq!(read(202, r#"{"ok":true}"#), accepted(None, None));
    assert_eq!(read(202, "{}"), Verdict::Pending { reference: None });
}

#[test]
fn without_a_rule_http_says_what_is_safe() {
    for status in [408, 425, 429, 500, 503] {
        assert!(matches!(read(status, ""), Verdict::Retry { .. }), "{status}");
    }
    for status in [301, 400, 401, 404] {
        assert!(matches!(read(status, ""), Verdict::Rejected { .. }), "{status}");
    }
    assert!(matches!(read(200, "<html>Login</html>"), Verdict::Unclear { .. }));
    assert!(matches!(read(503, "come back later"), Verdict::Retry { .. }));
}

#[test]
fn rules_that_say_nothing_or_cannot_match_are_found() {
    let rules: AnswerRules = serde_json::from_value(json!({
        "rejected": [{}, { "status": ["9xx", "20"] }, { "json": { "pointer": "status", "equals": 1 } }, { "text": "" }],
    }))
    .unwrap();
    let mut found = Vec::new();
    rules.check(&mut found);
    let codes: Vec<_> = found.iter().map(|finding| (finding.field.as_str(), finding.code)).collect();
    assert_eq!(
        codes,
        [
            ("answer.accepted", "required"),
            ("answer.rejected.0", "empty"),
            ("answer.rejected.1.status", "status"),
            ("answer.rejected.1.status", "status"),
            ("answer.rejected.2.json.pointer", "pointer"),
            ("answer.rejected.3.text", "length"),
        ]
    );
}
