//! What of a delivery could never be sent is found when it is saved.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;

mod requests;

/// A delivery that passes, with this changed in its request.
fn delivery(changes: Value) -> Delivery {
    let mut request = json!({"url": "https://buyer.example/", "fields": {"email": "{{ lead.email }}"}});
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    serde_json::from_value(json!({
        "did": "d1", "name": "D", "campid": "solar", "bid": "b1",
        "price": {"amount": "1.00", "currency": "GBP"},
        "channel": {"kind": "http", "request": request, "answer": {"rules": [{ "then": "accepted", "status": ["200"] }]}},
    }))
    .unwrap()
}

fn findings(changes: Value) -> Vec<String> {
    delivery(changes).check().into_iter().map(|found| format!("{} {}", found.field, found.code)).collect()
}

#[test]
fn a_delivery_that_can_be_sent_passes() {
    assert_eq!(findings(json!({})), [""; 0]);
    assert_eq!(findings(json!({"fields": {"a.b": "1", "a.c.d": "2", "a-b": "3", "ab": "4"}})), [""; 0]);
    assert_eq!(findings(json!({"fields": {"a": "1", "a.b": "2", "c..d": "3"}, "body": { "format": "form" }})), [""; 0]);
    assert_eq!(findings(json!({"headers": {"X-Api-Key": "k", "X-Tab": "a\tb", "X-Name": "Zo\u{eb}"}})), [""; 0]);
}

#[test]
fn names_that_collide_or_are_empty_when_nested_are_refused() {
    for (fields, wanted) in [
        (json!({"a": "1", "a.b": "2"}), "channel.request.fields.a.b nesting"),
        (json!({"a": "1", "a-b": "2", "a.b.c": "3"}), "channel.request.fields.a.b.c nesting"),
        (json!({"a.b": "1", "a.b.c": "2"}), "channel.request.fields.a.b.c nesting"),
        (json!({"a..b": "1"}), "channel.request.fields.a..b name"),
        (json!({".a": "1"}), "channel.request.fields..a name"),
        (json!({"a.": "1"}), "channel.request.fields.a. name"),
        (json!({"": "1"}), "channel.request.fields. name"),
    ] {
        assert_eq!(findings(json!({"fields": fields})), [wanted], "{fields}");
    }
}

#[test]
fn headers_that_the_client_writes_itself_are_refused() {
    for name in
        ["TE", "Trailer", "Keep-Alive", "proxy-authorization", "Proxy-Connection", "Host", "Authorization", "a b"]
    {
        assert_eq!(findings(json!({"headers": {name: "x"}})), [format!("channel.request.headers.{name} header")]);
    }
}

#[test]
fn a_fixed_header_value_that_headers_cannot_carry_is_refused() {
    for value in ["two\nlines", "bell\u{7}", "\u{7f}", "end\r\n"] {
        assert_eq!(
            findings(json!({"headers": {"X-A": value}})),
            ["channel.request.headers.X-A header_value"],
            "{value:?}"
        );
    }
}

#[test]
fn a_user_name_ends_at_its_first_colon() {
    let auth = json!({"kind": "basic", "username": "a:b", "password": "c"});
    assert_eq!(findings(json!({"auth": auth})), ["channel.request.auth.username username"]);
}

#[test]
fn names_are_judged_by_the_fields_of_the_campaign() {
    let campaign = |fields: Value| -> Campaign {
        serde_json::from_value(json!({
            "campid": "solar", "name": "S", "country": "GB", "currency": "GBP", "fields": fields,
            "payout": {"mode": "buyer_accept", "amount": {"amount": "1.00", "currency": "GBP"}},
        }))
        .unwrap()
    };
    let delivery = delivery(json!({
        "fields": {"a": "{{ lead.email }}{{ lead.id }}{{ campaign }}", "b": "{{ lead.roof }}"},
        "headers": {"X-C": "{{ lead.colour }}"},
    }));
    let found = |fields: Value| -> Vec<String> {
        delivery
            .check_names(&campaign(fields))
            .into_iter()
            .map(|found| format!("{} {}", found.field, found.code))
            .collect()
    };
    let (roof, colour) =
        (json!({"name": "roof", "kind": {"type": "text"}}), json!({"name": "colour", "kind": {"type": "text"}}));
    assert_eq!(found(json!([roof, colour])), [""; 0]);
    assert_eq!(found(json!([roof])), ["channel.request.headers.X-C template_unknown_name"]);
    assert_eq!(
        found(json!([])),
        ["channel.request.fields.b template_unknown_name", "channel.request.headers.X-C template_unknown_name"]
    );
}
