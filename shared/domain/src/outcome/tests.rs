//! What becomes of a delivery after what was heard.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::{
    lead::{Agreed, DeliveryState},
    money::Money,
    retry::RetryRule,
    words::MAX_REASON,
};

static NO_HEADERS: BTreeMap<String, String> = BTreeMap::new();

fn delivery(idempotent: bool) -> Delivery {
    serde_json::from_value(json!({
        "did": "d1", "name": "One", "campid": "solar", "bid": "b1", "price": { "amount": "12.50", "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": { "url": "https://buyer.example/", "fields": {}, "idempotent": idempotent },
            "answer": {
                "rules": [
                    { "then": "accepted", "keyword": "yes" },
                    { "then": "duplicate", "keyword": "known" },
                    { "then": "rejected", "keyword": "declined" },
                ],
                "price": { "json": "/price" },
            },
        },
        "retry": { "delays_s": [10] },
    }))
    .unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A request of the delivery, so many of the round with it.
fn asked(delivery: &Delivery, attempts: u32) -> LeadDelivery {
    let attempt = "att_00000000000000000000000001".parse().unwrap();
    LeadDelivery {
        bid: delivery.bid.clone(),
        place: 0,
        round: 1,
        attempts,
        attempts_in_round: attempts,
        counted: None,
        agreed: Agreed { price: Some(delivery.price), ..Agreed::default() },
        follow_up: None,
        heard: None,
        since: at(99),
        state: DeliveryState::Sending { attempt, lease_until: at(130), in_doubt: false },
    }
}

fn became(delivery: &Delivery, heard: &Heard<'_>, attempts: u32) -> Outcome {
    delivery.outcome_of(heard, &asked(delivery, attempts), "GBP".parse().unwrap(), 1_000, at(100))
}

fn answered(status: u16, body: &str) -> Heard<'_> {
    Heard::Answered { answer: Answer { status, headers: &NO_HEADERS, body: body.as_bytes() }, retry_after_s: None }
}

#[test]
fn an_acceptance_without_a_price_is_at_the_agreed_one() {
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let agreed = Outcome::Accepted { price, reference: None, redirect_url: None };
    assert_eq!(became(&delivery(false), &answered(200, "yes"), 1), agreed);
}

#[test]
fn the_price_is_the_one_that_was_agreed_when_the_request_was_written_down() {
    let gbp = "GBP".parse().unwrap();
    let (then, taken) = (asked(&delivery(false), 1), Heard::Taken { reference: None });
    let dearer = Delivery { price: Money { minor: 2_000, currency: gbp }, ..delivery(false) };
    for heard in [answered(200, "yes"), taken] {
        let outcome = dearer.outcome_of(&heard, &then, gbp, 0, at(100));
        assert!(matches!(outcome, Outcome::Accepted { price, .. } if price.minor == 1_250), "{outcome:?}");
    }
    let named = dearer.outcome_of(&answered(200, r#"{"taken":"yes","price":"9.00"}"#), &then, gbp, 0, at(100));
    assert!(matches!(named, Outcome::Accepted { price, .. } if price.minor == 900), "{named:?}");
}

#[test]
fn without_a_buyer_there_is_nobody_to_name_a_price() {
    let nobody = Delivery { bid: None, ..delivery(false) };
    let outcome = became(&nobody, &answered(200, r#"{"answer":"yes","price":"99.00"}"#), 1);
    assert!(matches!(outcome, Outcome::Accepted { price, .. } if price == nobody.price), "{outcome:?}");
}

#[test]
fn what_was_never_sent_is_sent_again_until_the_attempts_are_used_up() {
    let refused = Heard::NotSent { reason: "connect_failed".to_owned(), worth_retrying: true };
    let three = Delivery { retry: RetryRule { delays_s: vec![10, 60] }, ..delivery(false) };
    let again = |due| Outcome::Retry { reason: "connect_failed".to_owned(), due };
    // The first is followed by another at once, as nobody was bothered.
    assert_eq!(became(&three, &refused, 1), again(at(100)));
    assert_eq!(became(&three, &refused, 2), again(at(172)));
    assert_eq!(became(&three, &refused, 3), Outcome::Failed { reason: "connect_failed".to_owned() });
}

#[test]
fn a_buyer_that_was_reached_is_left_alone_for_as_long_as_the_schedule_says() {
    let due = |heard: &Heard<'_>| {
        let Outcome::Retry { due, .. } = became(&delivery(false), heard, 1) else { unreachable!("it is tried again") };
        due
    };
    assert_eq!(due(&answered(503, "")), at(112));
    let asked = |retry_after_s| {
        let answer = Answer { status: 503, headers: &NO_HEADERS, body: b"" };
        due(&Heard::Answered { answer, retry_after_s: Some(retry_after_s) })
    };
    assert_eq!([1, 15, 3_600].map(asked), [at(110), at(115), at(120)]);
}

#[test]
fn what_nobody_has_to_be_asked_for_is_taken_at_the_agreed_price() {
    let store = Delivery { channel: serde_json::from_value(json!({ "kind": "store" })).unwrap(), ..delivery(false) };
    let outcome = became(&store, &Heard::Taken { reference: Some("R-1".to_owned()) }, 1);
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    assert_eq!(outcome, Outcome::Accepted { price, reference: Some("R-1".to_owned()), redirect_url: None });
    // An answer that was on its way when the delivery was set up anew.
    let late = became(&store, &answered(200, "yes"), 1);
    assert!(matches!(late, Outcome::Unknown { clearing: Clearing::ByAnswer(_), .. }), "{late:?}");
}

#[test]
fn what_is_refused_in_our_own_words_is_rejected() {
    let refused = Heard::Refused { reason: "no".repeat(500) };
    assert_eq!(became(&delivery(true), &refused, 1), Outcome::Rejected { reason: "no".repeat(MAX_REASON / 2) });
}

#[test]
fn what_can_never_be_sent_fails_at_once() {
    let blocked = Heard::NotSent { reason: "address_blocked".to_owned(), worth_retrying: false };
    assert!(matches!(became(&delivery(false), &blocked, 1), Outcome::Failed { .. }));
}

#[test]
fn silence_is_unknown_and_asked_again_only_where_a_repeat_is_recognised() {
    let silence = Heard::NoAnswer { reason: "timed_out".to_owned() };
    let deadline = Clearing::ByAnswer(at(100 + 86_400));
    let unknown = |clearing| Outcome::Unknown { reason: "timed_out".to_owned(), clearing };
    assert_eq!(became(&delivery(false), &silence, 1), unknown(deadline));
    assert_eq!(became(&delivery(true), &silence, 1), unknown(Clearing::ByRepeat(at(112))));
    assert_eq!(became(&delivery(true), &silence, 2), unknown(deadline));
}

#[test]
fn an_answer_that_nobody_understands_is_not_asked_for_again() {
    let outcome = became(&delivery(true), &answered(200, r#"{"price": "a lot", "taken": "yes"}"#), 1);
    assert!(matches!(outcome, Outcome::Unknown { clearing: Clearing::ByAnswer(_), .. }), "{outcome:?}");
}

#[test]
fn of_a_request_in_doubt_only_what_a_rule_reads_as_rejected_is_a_refusal() {
    let delivery = delivery(true);
    let heard = |is_repeat, status, body| {
        let mut asked = asked(&delivery, 1);
        if is_repeat && let DeliveryState::Sending { in_doubt, .. } = &mut asked.state {
            *in_doubt = true;
        }
        delivery.outcome_of(&answered(status, body), &asked, "GBP".parse().unwrap(), 1_000, at(100))
    };
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Rejected { .. });
    for (status, body) in [(409, "under way"), (200, "<html>Login</html>"), (200, "known"), (200, "declined")] {
        assert!(refused(&heard(false, status, body)), "{status} {body}");
    }
    assert!(refused(&heard(true, 200, "declined")));
    let unknown = |reason: &str, clearing| Outcome::Unknown { reason: reason.to_owned(), clearing };
    let (again, by_the_seller) = (Clearing::ByRepeat(at(112)), Clearing::ByAnswer(at(100 + 86_400)));
    assert_eq!(heard(true, 409, "under way"), unknown("unrecognised", again));
    assert_eq!(heard(true, 409, "known"), unknown("duplicate", by_the_seller), "it may be this very request");
}

#[test]
fn a_gateway_that_has_given_up_waiting_is_as_silent_as_a_buyer() {
    let unknown = |clearing| Outcome::Unknown { reason: "the buyer answered 504".to_owned(), clearing };
    assert_eq!(became(&delivery(false), &answered(504, ""), 1), unknown(Clearing::ByAnswer(at(100 + 86_400))));
    assert_eq!(became(&delivery(true), &answered(504, ""), 1), unknown(Clearing::ByRepeat(at(112))));
    assert!(matches!(became(&delivery(false), &answered(502, ""), 1), Outcome::Retry { .. }));
}

#[test]
fn a_price_below_the_least_that_was_agreed_is_nothing_that_anybody_can_book() {
    let (delivery, gbp) = (delivery(true), "GBP".parse().unwrap());
    let mut asked = asked(&delivery, 1);
    asked.agreed.least = Some(Money { minor: 1_000, currency: gbp });
    let named = |price: &str| {
        let body = format!(r#"{{"taken":"yes","price":"{price}"}}"#);
        delivery.outcome_of(&answered(200, &body), &asked, gbp, 0, at(100))
    };
    let clearing = Clearing::ByAnswer(at(100 + 86_400));
    let reason = "the buyer accepted at 9.99, which is less than the least revenue".to_owned();
    assert_eq!(named("9.99"), Outcome::Unknown { reason, clearing });
    assert!(matches!(named("10.00"), Outcome::Accepted { price, .. } if price.minor == 1_000));
}

#[test]
fn a_reason_is_kept_in_bounds() {
    let endless = Heard::NotSent { reason: "é".repeat(5_000), worth_retrying: false };
    let Outcome::Failed { reason } = became(&delivery(false), &endless, 1) else { unreachable!("it cannot be sent") };
    assert_eq!(reason.chars().count(), MAX_REASON);
}
