//! What was in doubt once stays so until somebody knows.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use jiff::SignedDuration;

use super::*;
use crate::lead::{
    NotNow, SkipReason,
    tests::{at, attempt, did, lead, pounds},
};

const TIMED_OUT: &str = "timed out";

/// A request to the only buyer that the lead may have, unanswered, and to be made again at second 60.
fn in_doubt() -> Lead {
    let queued = lead(1).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
    let sending = queued.on_intent(&did("d1"), 1, attempt(1), at(10), at(40)).unwrap();
    let unknown = Outcome::Unknown { reason: TIMED_OUT.to_owned(), clearing: Clearing::ByRepeat(at(60)) };
    sending.on_outcome(&did("d1"), &attempt(1), 1, unknown, at(40)).unwrap()
}

/// The same request is under way again until second 90.
fn repeated() -> Lead {
    in_doubt().on_intent(&did("d1"), 1, attempt(2), at(60), at(90)).unwrap()
}

fn state(lead: &Lead) -> &DeliveryState {
    &lead.delivery(&did("d1")).unwrap().state
}

fn unknown(reason: &str, clearing: Clearing) -> DeliveryState {
    DeliveryState::Unknown { attempt: attempt(1), clearing, reason: reason.to_owned() }
}

#[test]
fn a_repeat_that_fails_leaves_the_first_request_in_doubt() {
    let heard = |outcome| repeated().on_outcome(&did("d1"), &attempt(1), 2, outcome, at(70)).unwrap();
    let again = heard(Outcome::Retry { reason: "503".to_owned(), due: at(100) });
    assert_eq!(*state(&again), unknown("503", Clearing::ByRepeat(at(100))));
    let failed = heard(Outcome::Failed { reason: "503".to_owned() });
    assert_eq!(*state(&failed), unknown("503", Clearing::ByAnswer(at(70) + SignedDuration::from_hours(24))));
    for lead in [again, failed] {
        assert_eq!(lead.occupied_slots(), 1, "nobody else gets it");
        let skipped = lead.on_skipped(&did("d1"), None, SkipReason::NoSlot, at(71));
        assert_eq!(skipped.unwrap_err().code, "already_given");
    }
}

#[test]
fn a_repeat_of_a_repeat_is_the_same_request_once_more() {
    let busy = Outcome::Retry { reason: "503".to_owned(), due: at(100) };
    let again = repeated().on_outcome(&did("d1"), &attempt(1), 2, busy, at(70)).unwrap();
    let third = again.on_intent(&did("d1"), 1, attempt(3), at(100), at(130)).unwrap();
    assert_eq!(state(&third).open_attempt(), Some(attempt(1)));
    let failed = Outcome::Failed { reason: "500".to_owned() };
    let third = third.on_outcome(&did("d1"), &attempt(1), 3, failed, at(110)).unwrap();
    assert!(matches!(state(&third), DeliveryState::Unknown { clearing: Clearing::ByAnswer(_), .. }));
}

#[test]
fn what_the_buyer_says_of_a_repeat_clears_it_up() {
    let price = pounds(1_250);
    for (outcome, word) in [
        (Outcome::Accepted { price, reference: None, redirect_url: None }, "accepted"),
        (Outcome::Rejected { reason: "no".to_owned() }, "rejected"),
        (Outcome::Pending { reference: None, deadline: at(1_000) }, "awaiting_feedback"),
    ] {
        let lead = repeated().on_outcome(&did("d1"), &attempt(1), 2, outcome, at(70)).unwrap();
        assert_eq!(state(&lead).word(), word);
    }
}

#[test]
fn a_first_request_that_was_not_taken_is_in_no_doubt() {
    let queued = lead(1).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
    let sending = queued.on_intent(&did("d1"), 1, attempt(1), at(10), at(40)).unwrap();
    let busy = Outcome::Retry { reason: "503".to_owned(), due: at(60) };
    let retry = sending.on_outcome(&did("d1"), &attempt(1), 1, busy, at(12)).unwrap();
    let second = retry.on_intent(&did("d1"), 1, attempt(2), at(60), at(90)).unwrap();
    assert_eq!(state(&second).open_attempt(), Some(attempt(2)), "it is a request of its own");
    let failed = Outcome::Failed { reason: "503".to_owned() };
    let failed = second.on_outcome(&did("d1"), &attempt(2), 2, failed, at(61)).unwrap();
    assert_eq!((state(&failed).word(), failed.occupied_slots()), ("failed", 0));
}

#[test]
fn that_it_was_not_taken_is_no_news_of_a_request_that_is_unknown() {
    for outcome in [
        Outcome::Retry { reason: "503".to_owned(), due: at(100) },
        Outcome::Failed { reason: "503".to_owned() },
        Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(at(100)) },
    ] {
        let refused = in_doubt().on_outcome(&did("d1"), &attempt(1), 1, outcome, at(45)).unwrap_err();
        assert_eq!(refused.code, "attempt_settled");
    }
}

#[test]
fn what_is_not_asked_again_is_left_to_the_seller() {
    let left = in_doubt().on_repeat_given_up(&did("d1"), "the delivery is switched off", at(60)).unwrap();
    let deadline = at(60) + SignedDuration::from_hours(24);
    let reason = "timed out; not asked again, as the delivery is switched off";
    assert_eq!(*state(&left), unknown(reason, Clearing::ByAnswer(deadline)));
    assert_eq!((left.occupied_slots(), left.watch_at()), (1, Some(deadline)));
    assert_eq!(left.on_intent(&did("d1"), 1, attempt(2), at(61), at(90)), Err(NotNow::Passed));
    let asked = left.on_deadline(&did("d1"), deadline).unwrap();
    assert_eq!(*state(&asked), unknown(reason, Clearing::BySeller(deadline)));
    for lead in [left, repeated()] {
        let given_up = lead.on_repeat_given_up(&did("d1"), "it is", at(61));
        assert_eq!(given_up.unwrap_err().code, "not_repeated");
    }
}

#[test]
fn a_doubt_keeps_its_meaning_through_storage() {
    for clearing in [Clearing::ByRepeat(at(1)), Clearing::ByAnswer(at(2)), Clearing::BySeller(at(3))] {
        let lead = repeated().with_state(&did("d1"), unknown("?", clearing), at(4));
        let stored = serde_json::to_string(&lead).unwrap();
        assert_eq!(serde_json::from_str::<Lead>(&stored).unwrap(), lead, "{stored}");
    }
    let stored = serde_json::to_string(&repeated()).unwrap();
    assert_eq!(serde_json::from_str::<Lead>(&stored).unwrap(), repeated(), "{stored}");
}
