//! How answers read.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::setup::Invalid;

mod picks;

pub(super) fn rules(json: Value) -> AnswerRules {
    serde_json::from_value(json).unwrap()
}

pub(super) fn read(rules: &AnswerRules, status: u16, headers: &[(&str, &str)], body: &str) -> Reading {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let headers = rules.headers_of(&headers);
    rules.read(&Answer { status, headers: &headers, body: body.as_bytes() }, "GBP".parse().unwrap())
}

fn matches(rule: Value, status: u16, headers: &[(&str, &str)], body: &str) -> bool {
    let mut accepting = json!({ "then": "accepted" });
    accepting.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    read(&rules(json!({ "rules": [accepting] })), status, headers, body).rule == Some(0)
}

fn rejected(reason: &str) -> Verdict {
    Verdict::Rejected { reason: reason.to_owned() }
}

#[test]
fn each_matcher_matches_what_it_names_and_nothing_else() {
    let xml = "<?xml version=\"1.0\"?><s:r xmlns:s=\"urn:x\"><s:ok code='7'> yes </s:ok><s:ok>no</s:ok></s:r>";
    let result = [("x-result", " OK ")];
    let cases: [(Value, u16, &str, bool); 34] = [
        (json!({ "status": ["200", "202"] }), 202, "", true),
        (json!({ "status": ["2xx"] }), 299, "", true),
        (json!({ "status": ["2xx"] }), 302, "", false),
        (json!({ "header": { "name": "X-Result", "equals": "OK" } }), 200, "", true),
        (json!({ "header": { "name": "X-Result", "equals": "ok" } }), 200, "", false),
        (json!({ "header": { "name": "X-Other", "equals": "OK" } }), 200, "", false),
        (json!({ "json": { "pointer": "/ok", "equals": true } }), 200, r#"{"ok":true}"#, true),
        (json!({ "json": { "pointer": "/ok", "equals": true } }), 200, r#"{"ok":"true"}"#, false),
        (json!({ "json": { "pointer": "/a/0/b", "equals": 7 } }), 200, r#"{"a":[{"b":7}]}"#, true),
        (json!({ "json": { "pointer": "/ok", "equals": null } }), 200, r#"{"ok":null}"#, true),
        (json!({ "json": { "pointer": "/ok", "equals": null } }), 200, "{}", false),
        (json!({ "json": { "pointer": "/ok", "equals": true } }), 200, "ok: true", false),
        (json!({ "xml": { "path": "/r/ok", "equals": "yes" } }), 200, xml, true),
        (json!({ "xml": { "path": "/r/ok", "equals": "no" } }), 200, xml, true),
        (json!({ "xml": { "path": "/s:r/s:ok/@code", "equals": "7" } }), 200, xml, true),
        (json!({ "xml": { "path": "/r/ok", "equals": "maybe" } }), 200, xml, false),
        (json!({ "xml": { "path": "/ok", "equals": "yes" } }), 200, xml, false),
        (json!({ "xml": { "path": "/r", "equals": "yes no" } }), 200, "<r><a>yes </a><b>no</b></r>", true),
        (json!({ "xml": { "path": "/r", "equals": "a<b" } }), 200, "<r>a&lt;<![CDATA[b]]></r>", true),
        (json!({ "xml": { "path": "/r", "equals": "yes" } }), 200, "<r>yes", false),
        (json!({ "xml": { "path": "/r", "equals": "x" } }), 200, "<!DOCTYPE r [<!ENTITY e 'x'>]><r>&e;</r>", false),
        (json!({ "text": "OK" }), 200, "\r\nOK\n", true),
        (json!({ "text": "OK" }), 200, "ok", false),
        (json!({ "text": "OK" }), 200, "OK, but", false),
        (json!({ "keyword": "Thank You" }), 200, "<p>THANK YOU!</p>", true),
        (json!({ "keyword": "größe" }), 200, "GRÖSSE GRÖßE", true),
        (json!({ "keyword": "thanks" }), 200, "thank you", false),
        (json!({ "pattern": "id=[0-9]+" }), 200, "ok id=17;", true),
        (json!({ "pattern": "ID=[0-9]+" }), 200, "ok id=17;", false),
        (json!({ "pattern": "(?i)ID=[0-9]+" }), 200, "ok id=17;", true),
        (json!({ "pattern": "^id=[0-9]+$" }), 200, "ok id=17;", false),
        (json!({ "status": ["200"], "keyword": "yes", "text": "yes" }), 200, "yes", true),
        (json!({ "status": ["200"], "keyword": "yes", "text": "yes" }), 500, "yes", false),
        (json!({ "status": ["200"], "keyword": "yes", "text": "no" }), 200, "yes", false),
    ];
    for (rule, status, body, wanted) in cases {
        assert_eq!(matches(rule.clone(), status, &result, body), wanted, "{rule} {status} {body}");
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = rules(json!({
        "rules": [
            { "then": "rejected", "keyword": "declined" },
            { "then": "duplicate", "keyword": "known" },
            { "then": "retry", "keyword": "later" },
            { "then": "awaiting_feedback", "status": ["202"] },
            { "then": "accepted", "status": ["2xx"] },
        ],
        "reference": { "pattern": "#([0-9]+)" },
    }));
    let words = |status: u16| format!("the buyer answered {status}");
    for (status, body, rule, verdict) in [
        (200, "declined, known", 0, Verdict::Rejected { reason: words(200) }),
        (409, "known", 1, Verdict::Duplicate { reason: "duplicate".to_owned() }),
        (200, "later", 2, Verdict::Retry { reason: words(200) }),
        (202, "#12", 3, Verdict::Pending { reference: Some("12".to_owned()) }),
        (200, "", 4, Verdict::Accepted { price: None, reference: None, redirect_url: None }),
    ] {
        let reading = read(&rules, status, &[], body);
        assert_eq!((reading.rule, reading.verdict), (Some(rule), verdict), "{status} {body}");
    }
}

#[test]
fn without_a_rule_only_what_may_pass_is_tried_again_and_all_else_is_unrecognised() {
    let rules = rules(json!({ "rules": [{ "then": "accepted", "keyword": "yes" }], "reason": { "json": "/why" } }));
    for status in [408, 425, 429, 500, 502, 503, 599] {
        let reading = read(&rules, status, &[], r#"{"why":"busy"}"#);
        assert_eq!((reading.rule, reading.verdict), (None, Verdict::Retry { reason: "busy".to_owned() }), "{status}");
    }
    for status in [200, 204, 301, 400, 401, 404, 422, 600] {
        let reading = read(&rules, status, &[], "<html>Login</html>");
        let unrecognised = Verdict::Unrecognised { reason: UNRECOGNISED.to_owned() };
        assert_eq!((reading.rule, reading.verdict), (None, unrecognised), "{status}");
    }
    let reading = read(&rules, 504, &[], "<html>Gateway Time-out</html>");
    assert_eq!(reading.verdict, Verdict::NoAnswer { reason: "the buyer answered 504".to_owned() });
}

fn findings(json: Value) -> Vec<String> {
    let mut found: Vec<Invalid> = Vec::new();
    rules(json).check("answer", &mut found);
    found.iter().map(|finding| format!("{} {}", finding.field, finding.code)).collect()
}

#[test]
fn rules_that_say_nothing_or_cannot_match_are_found() {
    let found = findings(json!({
        "rules": [
            { "then": "rejected" },
            { "then": "rejected", "status": ["9xx", "20", "2x0"] },
            { "then": "retry", "json": { "pointer": "status", "equals": 1 } },
            { "then": "retry", "text": " ", "keyword": "" },
            { "then": "retry", "header": { "name": "X A", "equals": "1" } },
            { "then": "retry", "pattern": "(" },
        ],
        "reference": { "json": "id" }, "price": { "header": "" }, "redirect_url": { "xml": "/a[1]" },
        "reasons": { "7": "", " 8": "eight" },
    }));
    assert_eq!(
        found,
        [
            "answer.rules required",
            "answer.rules.0 empty",
            "answer.rules.1.status status",
            "answer.rules.1.status status",
            "answer.rules.1.status status",
            "answer.rules.2.json.pointer pointer",
            "answer.rules.3.text length",
            "answer.rules.3.keyword length",
            "answer.rules.4.header.name header",
            "answer.rules.5.pattern bad_pattern",
            "answer.reference.json pointer",
            "answer.price.header header",
            "answer.redirect_url.xml path",
            "answer.reasons no_reason",
            "answer.reasons. 8 length",
            "answer.reasons.7 length",
        ]
    );
}

#[test]
fn paths_lead_from_the_root_to_elements_or_one_attribute() {
    let path = |path: &str| {
        findings(json!({ "rules": [{ "then": "accepted", "xml": { "path": path, "equals": "1" } }] })).is_empty()
    };
    for good in ["/r", "/r/a", "/r/a/@b", "/s:Envelope/s:Body/r", "/r/ä-b_c.1"] {
        assert!(path(good), "{good}");
    }
    for bad in ["", "r", "/", "//a", "/r/", "/@a", "/r/@a/b", "/r/@", "/r/*", "/r/a[1]", "/r/text()", "/r/a b", "/s:"] {
        assert!(!path(bad), "{bad}");
    }
}

#[test]
fn boundless_rules_are_refused() {
    let many = |count: usize| -> Vec<Value> { vec![json!({ "then": "accepted", "text": "x" }); count] };
    assert_eq!(findings(json!({ "rules": many(50) })), [""; 0]);
    assert_eq!(findings(json!({ "rules": many(51) })), ["answer.rules length"]);
    let headers: Vec<Value> = (0..9)
        .map(|at| json!({ "then": "accepted", "header": { "name": format!("X-{at}"), "equals": "1" } }))
        .collect();
    assert_eq!(findings(json!({ "rules": headers })), ["answer headers"]);
    assert_eq!(
        findings(json!({ "rules": [{ "then": "accepted", "pattern": "(\\w{100}){100}" }] })),
        ["answer.rules.0.pattern bad_pattern"]
    );
}

#[test]
fn only_the_headers_that_are_looked_at_are_kept() {
    let rules = rules(json!({
        "rules": [{ "then": "accepted", "header": { "name": "X-Result", "equals": "1" } }],
        "reference": { "header": "x-ID" },
    }));
    let all = ["x-result", "x-id", "set-cookie"].map(|name| (name.to_owned(), "1".to_owned())).into();
    assert_eq!(rules.headers_of(&all).into_keys().collect::<Vec<_>>(), ["x-id", "x-result"]);
}

#[test]
fn hostile_xml_is_no_xml() {
    let deep = format!("{}x{}", "<a>".repeat(8_000), "</a>".repeat(8_000));
    let wide = format!("<a>{}</a>", "<b/>".repeat(12_000));
    for body in
        [deep.as_str(), &wide, "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "<a>&lol;</a>"]
    {
        assert!(!matches(json!({ "xml": { "path": "/a/b", "equals": "" } }), 200, &[], body));
    }
}

proptest! {
    #[test]
    fn any_answer_is_read_without_failing_and_the_same_again(
        status in 100u16..600, body in "(?s)([{}\\[\\]<>/\"':,a-c0-9 &;!-]|ok|<a>|</a>){0,60}", header in ".{0,20}",
    ) {
        let rules = rules(json!({
            "rules": [
                { "then": "accepted", "json": { "pointer": "/a", "equals": 1 } },
                { "then": "rejected", "xml": { "path": "/a/@b", "equals": "c" } },
                { "then": "retry", "pattern": "a+b", "header": { "name": "x", "equals": "a" } },
                { "then": "accepted", "keyword": "ok" },
            ],
            "reference": { "xml": "/a/b" }, "price": { "json": "/b" }, "reason": { "header": "X" },
            "redirect_url": { "pattern": "h.*" }, "reasons": { "a": "b" },
        }));
        let headers = [("x", header.as_str())];
        let reading = read(&rules, status, &headers, &body);
        prop_assert_eq!(&reading, &read(&rules, status, &headers, &body));
        if let Verdict::Rejected { reason } | Verdict::Retry { reason } | Verdict::Unclear { reason }
            | Verdict::Unrecognised { reason } | Verdict::NoAnswer { reason } = reading.verdict
        {
            prop_assert!(!reason.is_empty() && reason.chars().count() <= MAX_REASON);
        }
    }
}
