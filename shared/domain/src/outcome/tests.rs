//! What becomes of a delivery after what was heard.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use serde_json::json;

use super::*;
use crate::money::Money;

fn delivery(idempotent: bool) -> Delivery {
    serde_json::from_value(json!({
        "did": "d1", "name": "One", "campid": "solar", "bid": "b1", "price": { "amount": "12.50", "currency": "GBP" },
        "request": { "url": "https://buyer.example/", "fields": {}, "idempotent": idempotent },
        "answer": { "accepted": [{ "text": "yes" }], "price": "/price" },
        "retry": { "max_attempts": 2, "first_delay_s": 10, "max_delay_s": 60 },
    }))
    .unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn settled(delivery: &Delivery, heard: &Heard<'_>, attempts: u32) -> Outcome {
    delivery.settle(heard, "GBP".parse().unwrap(), attempts, 1_000, at(100))
}

fn answered(status: u16, body: &str) -> Heard<'_> {
    Heard::Answered { answer: Answer { status, body: body.as_bytes() }, retry_after_s: None }
}

#[test]
fn an_acceptance_without_a_price_is_at_the_agreed_one() {
    let agreed = Outcome::Accepted { price: Money { minor: 1_250, currency: "GBP".parse().unwrap() }, reference: None };
    assert_eq!(settled(&delivery(false), &answered(200, "yes"), 1), agreed);
}

#[test]
fn without_a_buyer_there_is_nobody_to_name_a_price() {
    let nobody = Delivery { bid: None, ..delivery(false) };
    let outcome = settled(&nobody, &answered(200, r#"{"answer":"yes","price":"99.00"}"#), 1);
    assert!(matches!(outcome, Outcome::Accepted { price, .. } if price == nobody.price), "{outcome:?}");
}

#[test]
fn what_was_never_sent_is_sent_again_until_the_attempts_are_used_up() {
    let refused = Heard::NotSent { reason: "connect_failed".to_owned(), worth_retrying: true };
    let again = Outcome::Retry { reason: "connect_failed".to_owned(), due: at(110) };
    assert_eq!(settled(&delivery(false), &refused, 1), again);
    assert_eq!(settled(&delivery(false), &refused, 2), Outcome::Failed { reason: "connect_failed".to_owned() });
}

#[test]
fn what_can_never_be_sent_fails_at_once() {
    let blocked = Heard::NotSent { reason: "address_blocked".to_owned(), worth_retrying: false };
    assert!(matches!(settled(&delivery(false), &blocked, 1), Outcome::Failed { .. }));
}

#[test]
fn silence_is_unknown_and_asked_again_only_where_a_repeat_is_recognised() {
    let silence = Heard::NoAnswer { reason: "timed_out".to_owned() };
    let deadline = at(100 + 86_400);
    let unknown = |resend| Outcome::Unknown { reason: "timed_out".to_owned(), deadline, resend };
    assert_eq!(settled(&delivery(false), &silence, 1), unknown(None));
    assert_eq!(settled(&delivery(true), &silence, 1), unknown(Some(at(110))));
    assert_eq!(settled(&delivery(true), &silence, 2), unknown(None));
}

#[test]
fn an_answer_that_nobody_understands_is_not_asked_for_again() {
    let outcome = settled(&delivery(true), &answered(200, "<html>"), 1);
    assert!(matches!(outcome, Outcome::Unknown { resend: None, .. }), "{outcome:?}");
}

#[test]
fn a_reason_is_kept_in_bounds() {
    let endless = Heard::NotSent { reason: "é".repeat(5_000), worth_retrying: false };
    let Outcome::Failed { reason } = settled(&delivery(false), &endless, 1) else { unreachable!("it cannot be sent") };
    assert_eq!(reason.chars().count(), MAX_REASON);
}
