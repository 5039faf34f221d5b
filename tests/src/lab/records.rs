//! The set-up of a lab, as it would be sent to the API.

use serde_json::{Value, json};

/// The record with these members instead of its own.
pub(super) fn changed(mut record: Value, changes: Value) -> Value {
    if let (Some(record), Value::Object(changes)) = (record.as_object_mut(), changes) {
        record.extend(changes);
    }
    record
}

/// A campaign that gives each lead to all deliveries of this line.
pub(super) fn campaign(line: &[String]) -> Value {
    json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
        "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
        "dedupe": { "fields": ["email"], "window_days": 30 },
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": ["s1"],
        "distribution": [{ "mode": "all", "deliveries": line }],
    })
}

/// The delivery of a buyer that answers in JSON.
pub(super) fn delivery(short: &str, url: &str, idempotent: bool) -> Value {
    // A buyer that is to be found silent must be so soon; the others have time, however busy the machine is, but no more
    // than a supplier may be kept waiting for them.
    let timeout_ms = if idempotent { 1_500 } else { 15_000 };
    json!({
        "did": format!("d{short}"), "name": short, "campid": "solar", "bid": format!("b{short}"),
        "price": { "amount": "12.50", "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": {
                "url": url, "timeout_ms": timeout_ms, "idempotent": idempotent,
                "fields": { "lead": "{{ lead.id }}", "email": "{{ lead.email }}" },
            },
            "answer": {
                "rules": [
                    { "then": "accepted", "json": { "pointer": "/status", "equals": "accepted" } },
                    { "then": "rejected", "json": { "pointer": "/status", "equals": "rejected" } },
                ],
                "reference": { "json": "/id" }, "reason": { "json": "/reason" },
            },
        },
        "retry": { "delays_s": [0, 0] },
    })
}
