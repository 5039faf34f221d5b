//! Requests as deliveries describe them: methods, bodies, headers, secrets, and what stays the same when one is repeated.

#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use dispatch::{
    client::OutgoingRequest,
    render::{AttemptName, render},
};
use domain::{delivery::RequestRule, lead::Lead};
use serde_json::{Value, json};

fn lead() -> Lead {
    serde_json::from_value(json!({
        "pk": "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ", "v": 1, "c": "solar", "s": "s1", "so": "google", "m": "api",
        "cc": "GB", "r": "2026-07-05T10:20:30.400Z",
        "f": { "email": "ann@example.com", "phone1": "+442079460018", "firstname": "Ann <&>", "dob": "1980-02-29" },
        "ap": { "s": "approved" }, "t": { "x": 1, "m": "buyer_accept", "c": "GBP" },
        "p": { "a": "500 GBP", "s": "pending" },
    }))
    .unwrap()
}

fn attempt(number: u32, second: i64) -> AttemptName {
    let id = "att_01JCXV5A8M3Q4R5S6T7V8W9XYZ".parse().unwrap();
    AttemptName { id, number, round: 1, at: jiff::Timestamp::from_second(second).unwrap() }
}

fn rendered(rule: Value, attempt: AttemptName) -> OutgoingRequest {
    let mut request = json!({ "url": "https://buyer.example/leads?key=1", "fields": { "mail": "{{ lead.email }}" } });
    request.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    let rule: RequestRule = serde_json::from_value(request).unwrap();
    render(&rule, &"d1".parse().unwrap(), &lead(), attempt).unwrap()
}

fn body(rule: Value) -> String {
    String::from_utf8(rendered(rule, attempt(1, 0)).body).unwrap()
}

fn header<'r>(request: &'r OutgoingRequest, name: &str) -> Option<&'r str> {
    let (_, value) = request.headers.iter().find(|(given, _)| given == name)?;
    Some(value.to_str().unwrap())
}

#[test]
fn each_format_writes_the_same_fields_its_own_way() {
    let fields = json!({ "person.name": "{{ lead.firstname }}", "mail": "{{ lead.email }}" });
    let with = |format: Value| body(json!({ "body": format, "fields": fields }));
    assert_eq!(with(json!({ "format": "json" })), r#"{"mail":"ann@example.com","person":{"name":"Ann <&>"}}"#);
    assert_eq!(with(json!({ "format": "form" })), "mail=ann%40example.com&person.name=Ann+%3C%26%3E");
    assert_eq!(
        with(json!({ "format": "xml", "root": "lead" })),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <lead><mail>ann@example.com</mail><person><name>Ann &lt;&amp;&gt;</name></person></lead>"
    );
    let request = rendered(json!({ "method": "GET", "body": { "format": "query" }, "fields": fields }), attempt(1, 0));
    let url = "https://buyer.example/leads?key=1&mail=ann%40example.com&person.name=Ann+%3C%26%3E";
    assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", url));
    assert!(request.body.is_empty() && header(&request, "content-type").is_none());
}

#[test]
fn a_template_is_the_whole_body_with_its_own_content_type() {
    let with = |content_type: &str, text: &str| {
        let template = json!({ "format": "template", "content_type": content_type, "text": text });
        rendered(json!({ "method": "PUT", "body": template, "fields": {} }), attempt(2, 1_783_246_830))
    };
    let text = r#"{"name": "Ms {{ lead.firstname }}", "mail": {{ lead.email | md5 }}, "try": {{ attempt.number }},
        "at": "{{ attempt.at | time('%d.%m.%Y %H:%M:%S', 'Europe/Berlin') }}", "fax": "{{ lead.phone3 }}"}"#;
    let request = with("application/vnd.buyer+json", text);
    assert_eq!(
        serde_json::from_slice::<Value>(&request.body).unwrap(),
        json!({
            "name": "Ms Ann <&>", "mail": "257c57037d384ae37ea27a07e8a01665", "try": 2,
            "at": "05.07.2026 12:20:30", "fax": "",
        })
    );
    assert_eq!(
        (request.method.as_str(), header(&request, "content-type")),
        ("PUT", Some("application/vnd.buyer+json"))
    );
    let request = with("text/xml", "<r id='{{ lead.id }}'>{{ lead.firstname }}</r>");
    assert_eq!(request.body, b"<r id='lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ'>Ann &lt;&amp;&gt;</r>");
}

#[test]
fn secret_headers_are_sent_and_not_shown() {
    let rule = json!({
        "secret_headers": { "X-Api-Key": "hush" }, "headers": { "X-Source": "{{ source }}" },
        "auth": { "kind": "bearer", "token": "hush" },
    });
    let request = rendered(rule, attempt(1, 0));
    assert_eq!((header(&request, "x-api-key"), header(&request, "authorization")), (Some("hush"), Some("Bearer hush")));
    assert_eq!(header(&request, "x-source"), Some("google"));
    assert!(!format!("{:?}", request.headers).contains("hush"), "{:?}", request.headers);
}

#[test]
fn a_repeated_request_has_the_same_bytes_but_for_what_names_the_attempt() {
    let template = json!({
        "format": "template", "content_type": "application/json",
        "text": r#"{"id": "{{ attempt.id }}", "hash": "{{ lead.phone1 | sha256 }}", "in": "{{ lead.received }}"}"#,
    });
    for rule in [
        json!({}),
        json!({ "body": { "format": "form" } }),
        json!({ "body": { "format": "query" }, "method": "GET" }),
        json!({ "body": { "format": "xml", "root": "a" } }),
        json!({ "body": template, "fields": {} }),
        json!({ "headers": { "X-Attempt": "{{ attempt.id }}" }, "auth": { "kind": "basic", "username": "u", "password": "p" } }),
    ] {
        let (one, other) = (rendered(rule.clone(), attempt(1, 0)), rendered(rule, attempt(2, 3_600)));
        assert_eq!((&one.url, &one.headers, &one.body), (&other.url, &other.headers, &other.body));
    }
    let named = |number, second| {
        rendered(
            json!({ "fields": { "n": "{{ attempt.number }}", "at": "{{ attempt.at }}" } }),
            attempt(number, second),
        )
    };
    assert_ne!(named(1, 0).body, named(2, 0).body);
    assert_ne!(named(1, 0).body, named(1, 1).body);
}
