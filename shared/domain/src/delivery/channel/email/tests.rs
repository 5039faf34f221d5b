//! What of an e-mail could never be sent is found when it is saved.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use crate::{delivery::Delivery, setup::Record};

fn delivery(changes: Value) -> serde_json::Result<Delivery> {
    let mut channel =
        json!({ "kind": "email", "to": ["desk@buyer.example"], "subject": "A lead", "text": "{{ lead.email }}" });
    channel.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "did": "d1", "name": "D", "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" }, "channel": channel,
    }))
}

fn findings(changes: Value) -> Vec<String> {
    delivery(changes).unwrap().check().into_iter().map(|found| format!("{} {}", found.field, found.code)).collect()
}

#[test]
fn a_message_with_a_text_or_html_or_both_passes() {
    assert_eq!(findings(json!({})), [""; 0]);
    assert_eq!(findings(json!({ "text": null, "html": "<p>{{ lead.email }}<br>" })), [""; 0]);
    assert_eq!(findings(json!({ "html": "<b>{{ lead.email }}</b>", "from": "leads@seller.example" })), [""; 0]);
}

#[test]
fn a_message_without_a_body_or_with_a_broken_template_is_refused() {
    assert_eq!(findings(json!({ "text": null })), ["channel.text required"]);
    assert_eq!(findings(json!({ "subject": "{{ nobody }}" })), ["channel.subject template_unknown_name"]);
    assert_eq!(findings(json!({ "html": "{% for a in b %}" })), ["channel.html template_not_available"]);
}

#[test]
fn one_to_ten_different_addresses_get_it() {
    let many: Vec<String> = (0..11).map(|number| format!("desk{number}@buyer.example")).collect();
    assert_eq!(findings(json!({ "to": many[..10] })), [""; 0]);
    assert_eq!(findings(json!({ "to": many })), ["channel.to length"]);
    assert_eq!(findings(json!({ "to": [] })), ["channel.to length"]);
    assert_eq!(findings(json!({ "to": ["a@b.example", "A@B.example"] })), ["channel.to.1 repeated"]);
}

#[test]
fn what_is_no_address_cannot_be_given_and_what_the_service_cannot_take_is_refused() {
    for address in [
        "desk",
        "Desk <desk@buyer.example>",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: c@d.example",
        "{{ lead.email }}",
    ] {
        assert!(delivery(json!({ "to": [address] })).is_err(), "{address}");
    }
    assert_eq!(findings(json!({ "to": ["désk@buyer.example"] })), ["channel.to.0 not_ascii"]);
    assert_eq!(findings(json!({ "from": "leads@séller.example" })), ["channel.from not_ascii"]);
}
