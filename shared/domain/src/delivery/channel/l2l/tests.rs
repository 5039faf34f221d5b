//! How another installation is set up as a buyer, and how it answers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;
use crate::{
    answer::{Answer, Verdict},
    delivery::{Channel, Delivery},
    setup::Record,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn delivery(changes: Value) -> Delivery {
    let mut channel = json!({
        "kind": "l2l", "url": "https://other.example/v1/leads", "campid": "solar",
        "key": "vk_k1_secret", "feedback_secret": SECRET,
    });
    channel.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "did": "d1", "name": "D", "campid": "c1", "bid": "b1", "price": { "amount": "5.00", "currency": "GBP" },
        "channel": channel,
    }))
    .unwrap()
}

fn codes(delivery: &Delivery) -> Vec<(String, &'static str)> {
    delivery.check().into_iter().map(|found| (found.field, found.code)).collect()
}

fn verdict(status: u16, body: &Value) -> Verdict {
    let (headers, body) = (BTreeMap::new(), body.to_string());
    let answer = Answer { status, headers: &headers, body: body.as_bytes() };
    delivery(json!({})).answer().unwrap().read(&answer, "GBP".parse().unwrap()).verdict
}

#[test]
fn what_would_not_work_is_found_when_it_is_entered() {
    assert_eq!(codes(&delivery(json!({}))), []);
    for (changes, field, code) in [
        (json!({ "key": null }), "channel.key", "required"),
        (json!({ "key": "" }), "channel.key", "secret"),
        (json!({ "feedback_secret": null }), "channel.feedback_secret", "required"),
        (json!({ "feedback_secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }), "channel.feedback_secret", "webhook_secret"),
        (json!({ "timeout_ms": 99 }), "channel.timeout_ms", "range"),
        (json!({ "fields": { "feedback_url": "x" } }), "channel.fields.feedback_url", "reserved"),
        (json!({ "fields": { "roof": "{{ lead.roof" } }), "channel.fields.roof", "template_syntax"),
        (json!({ "reasons": { "DUPE": " " } }), "channel.reasons.DUPE", "length"),
    ] {
        assert_eq!(codes(&delivery(changes)), [(field.to_owned(), code)], "{field}");
    }
}

#[test]
fn its_secrets_stay_as_long_as_leads_go_to_the_same_host_and_are_never_shown() {
    let stored = delivery(json!({}));
    let mut replaced = delivery(json!({ "key": null, "feedback_secret": null, "url": "https://other.example/v2" }));
    assert_eq!(replaced.keep_secrets_of(&stored), []);
    assert_eq!(codes(&replaced), []);
    let mut moved = delivery(json!({ "key": null, "feedback_secret": null, "url": "https://thief.example/v1/leads" }));
    let missing: Vec<_> = moved.keep_secrets_of(&stored).into_iter().map(|found| found.field).collect();
    assert_eq!(missing, [KEY, FEEDBACK_SECRET]);
    let shown = stored.clone().without_secrets();
    let Channel::L2l(l2l) = &shown.channel else { unreachable!("it is l2l") };
    assert_eq!((&l2l.key, &l2l.feedback_secret), (&None, &None));
    let debug = format!("{stored:?}");
    assert!(!debug.contains("vk_k1") && !debug.contains("whsec"), "{debug}");
}

#[test]
fn a_lead_that_is_paid_for_when_it_sells_awaits_that_and_one_that_is_paid_for_is_accepted() {
    let taken = |status: &str, payout: &str| json!({ "lead_id": "lead_7", "status": status, "code": 1, "message": "OK", "payout": payout, "currency": "GBP" });
    let awaited = Verdict::Pending { reference: Some("lead_7".to_owned()) };
    assert_eq!(verdict(201, &taken("approved", "Pending")), awaited);
    assert_eq!(verdict(201, &taken("quarantined", "Pending")), awaited);
    assert_eq!(verdict(201, &taken("quarantined", "5.00")), awaited);
    let accepted = Verdict::Accepted { price: None, reference: Some("lead_7".to_owned()), redirect_url: None };
    assert_eq!(verdict(201, &taken("approved", "5.00")), accepted, "at the price of the delivery");
}

#[test]
fn a_lead_that_is_not_taken_goes_to_the_next_in_line_with_the_reason() {
    let refused = |code: i32, message: &str| json!({ "status": "rejected", "code": code, "message": message });
    let rejected = |reason: &str| Verdict::Rejected { reason: reason.to_owned() };
    assert_eq!(verdict(422, &refused(-6, "The lead is not wanted.")), rejected("The lead is not wanted."));
    assert!(matches!(verdict(422, &refused(-2, "It was sent before.")), Verdict::Duplicate { .. }));
    assert!(matches!(verdict(422, &json!({ "code": "idempotency_key_reused" })), Verdict::Duplicate { .. }));
    assert!(matches!(verdict(503, &json!({})), Verdict::Retry { .. }));
    assert!(matches!(verdict(409, &json!({ "code": "in_progress" })), Verdict::Retry { .. }));
    assert!(matches!(verdict(401, &json!({ "code": "unauthorized" })), Verdict::Unrecognised { .. }));
}
