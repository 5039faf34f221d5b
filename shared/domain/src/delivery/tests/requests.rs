//! Requests of each format and method: what of them could never be sent.

use serde_json::json;

use super::{delivery, findings};
use crate::{delivery::Channel, setup::Record};

#[test]
fn a_get_request_has_its_fields_in_the_query() {
    assert_eq!(findings(json!({ "method": "GET", "body": { "format": "query" } })), [""; 0]);
    for format in ["json", "form"] {
        let refused = findings(json!({ "method": "GET", "body": { "format": format } }));
        assert_eq!(refused, ["channel.request.method no_body"]);
    }
    for method in ["POST", "PUT", "PATCH"] {
        assert_eq!(findings(json!({ "method": method })), [""; 0]);
    }
}

#[test]
fn xml_has_names_that_every_reader_takes() {
    let with = |root: &str, field: &str| {
        findings(json!({ "body": { "format": "xml", "root": root }, "fields": { field: "x" } }))
    };
    assert_eq!(with("lead", "contact.e-mail_1"), [""; 0]);
    for root in ["", "1a", "a b", "a:b", "xmlLead", "a.b", "-a"] {
        assert_eq!(with(root, "a"), ["channel.request.body.root xml_name"], "{root}");
    }
    for field in ["a.1b", "a b", "a.xml", "s:a", "ä"] {
        assert_eq!(with("lead", field), [format!("channel.request.fields.{field} xml_name")]);
    }
    assert_eq!(with("lead", "a..b"), ["channel.request.fields.a..b name"]);
}

#[test]
fn fields_do_not_nest_without_end() {
    let deep = ["a"; 11].join(".");
    assert_eq!(findings(json!({ "fields": { &deep: "x" } })), [format!("channel.request.fields.{deep} name")]);
    assert_eq!(findings(json!({ "fields": { &deep: "x" }, "body": { "format": "form" } })), [""; 0]);
    let long = "a".repeat(201);
    assert_eq!(findings(json!({ "fields": { &long: "x" } })), [format!("channel.request.fields.{long} name")]);
}

#[test]
fn a_template_is_the_whole_body() {
    let with = |content_type: &str, text: &str| {
        let body = json!({ "format": "template", "content_type": content_type, "text": text });
        findings(json!({ "body": body, "fields": {} }))
    };
    assert_eq!(with("application/json; charset=UTF-8", r#"{"a": "{{ lead.email }}"}"#), [""; 0]);
    assert_eq!(with("application/json", r#"{"a": "#), ["channel.request.body.text template_not_well_formed"]);
    assert_eq!(with("text/plain", "{{ lead.email"), ["channel.request.body.text template_syntax"]);
    for bad in ["", "json", "text/", "text/pl ain", "text/plain; a=\u{e9}", "text/plain\r\nX-Admin: 1"] {
        assert_eq!(with(bad, "x"), ["channel.request.body.content_type content_type"], "{bad:?}");
    }
    assert_eq!(with("text/plain; charset=latin1", "x"), ["channel.request.body.content_type charset"]);
    let body = json!({ "format": "template", "content_type": "text/plain", "text": "x" });
    assert_eq!(findings(json!({ "body": body })), ["channel.request.fields not_sent"]);
}

#[test]
fn a_secret_header_has_a_value_once_and_a_name_of_its_own() {
    let with = |headers| findings(json!({ "headers": { "X-A": "1" }, "secret_headers": headers }));
    assert_eq!(with(json!({ "X-Api-Key": "hush" })), [""; 0]);
    assert_eq!(with(json!({ "X-Api-Key": null })), ["channel.request.secret_headers.X-Api-Key required"]);
    assert_eq!(with(json!({ "X-Api-Key": "a\nb" })), ["channel.request.secret_headers.X-Api-Key secret"]);
    assert_eq!(with(json!({ "Authorization": "hush" })), ["channel.request.secret_headers.Authorization header"]);
    assert_eq!(with(json!({ "X-Volley-Test": "1" })), ["channel.request.secret_headers.X-Volley-Test header"]);
    assert_eq!(with(json!({ "x-a": "hush" })), ["channel.request.secret_headers.x-a repeated"]);
    let twice = findings(json!({ "headers": { "X-A": "1", "x-a": "2" } }));
    assert_eq!(twice, ["channel.request.headers.x-a repeated"]);
}

#[test]
fn secrets_are_neither_shown_nor_logged_and_a_replacement_without_them_keeps_them() {
    let stored = delivery(json!({ "secret_headers": { "X-Api-Key": "hush-1", "X-Other": "hush-2" } }));
    assert!(!format!("{stored:?}").contains("hush"));
    let shown = serde_json::to_value(stored.clone().without_secrets()).unwrap();
    assert_eq!(shown["channel"]["request"]["secret_headers"], json!({ "X-Api-Key": null, "X-Other": null }));
    let mut again: crate::delivery::Delivery = serde_json::from_value(shown).unwrap();
    assert_eq!(again.keep_secrets_of(&stored), []);
    assert_eq!(again, stored);
    let mut changed = delivery(json!({ "secret_headers": { "x-api-key": null, "X-Other": "hush-3", "X-New": null } }));
    assert_eq!(changed.keep_secrets_of(&stored), []);
    let Channel::Http(http) = changed.channel else { unreachable!("it makes requests") };
    let kept: Vec<_> = http.request.secret_headers.iter().collect();
    assert_eq!(kept, [("X-Other", "hush-3"), ("x-api-key", "hush-1")]);
}

#[test]
fn a_delivery_without_requests_needs_nothing_else() {
    let mut store = delivery(json!({}));
    store.channel = serde_json::from_value(json!({ "kind": "store" })).unwrap();
    assert_eq!((store.check(), store.endpoint(), store.is_idempotent()), (Vec::new(), None, false));
    assert!(serde_json::from_value::<Channel>(json!({ "kind": "store", "url": "https://b.example/" })).is_err());
    assert!(serde_json::from_value::<Channel>(json!({ "kind": "fax" })).is_err());
    // It takes no other kind's secrets over.
    let mut replaced = delivery(json!({ "secret_headers": { "X-A": null } }));
    assert_eq!(replaced.keep_secrets_of(&store), []);
    assert!(!replaced.check().is_empty());
}
