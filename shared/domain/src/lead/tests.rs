//! The state machine, transition by transition.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

use super::*;
use crate::{
    id::{AttemptId, BuyerRef},
    money::Money,
};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(crate) fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

pub(crate) fn did(name: &str) -> DeliveryRef {
    name.parse().unwrap()
}

pub(crate) fn attempt(number: u128) -> AttemptId {
    AttemptId::from_ulid(Ulid(number))
}

fn buyer() -> Option<BuyerRef> {
    Some("b1".parse().unwrap())
}

/// An approved lead that earns £5.00 when a buyer accepts it.
pub(crate) fn lead(max_sales: u8) -> Lead {
    let lead = test_lead(at(0));
    Lead { terms: Terms { max_sales, ..lead.terms }, ..lead }
}

/// With one delivery to a buyer, `d1`, queued.
fn queued() -> Lead {
    lead(1).on_queued(&did("d1"), buyer(), at(0)).unwrap()
}

/// With a request under way until second 40.
fn sending() -> Lead {
    queued().on_intent(&did("d1"), 1, attempt(1), at(10), at(40)).unwrap()
}

fn accepted() -> Outcome {
    Outcome::Accepted { price: pounds(1_250), reference: Some("B-7".to_owned()), redirect_url: None }
}

fn unknown(resend: Option<Timestamp>) -> Outcome {
    let clearing = resend.map_or(Clearing::ByAnswer(at(86_400)), Clearing::ByRepeat);
    Outcome::Unknown { reason: "timed out".to_owned(), clearing }
}

/// The deliveries that want a message, with their rounds.
pub(crate) fn stuck(lead: &Lead, seconds: i64) -> Vec<(DeliveryRef, u32)> {
    lead.stuck(at(seconds)).into_iter().map(|(did, delivery)| (did.clone(), delivery.round)).collect()
}

#[test]
fn an_accepted_lead_is_sold_at_its_price_and_earns_its_payout() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
    assert_eq!(lead.revenue(), Ok(pounds(1_250)));
    assert_eq!(lead.payout.state, PayoutState::Earned);
    assert_eq!(lead.delivery_status(), DeliveryStatus::Full);
    assert_eq!(lead.watch_at(), None);
}

#[test]
fn an_acceptance_without_a_buyer_is_a_delivery_but_no_sale() {
    let lead = lead(1).on_queued(&did("crm"), None, at(0)).unwrap();
    let lead = lead.on_intent(&did("crm"), 1, attempt(1), at(1), at(9)).unwrap();
    let taken = Outcome::Accepted { price: pounds(0), reference: None, redirect_url: None };
    let lead = lead.on_outcome(&did("crm"), &attempt(1), 1, taken, at(2)).unwrap();
    assert_eq!((lead.sold_status(), lead.delivery_status()), (SoldStatus::Unsold, DeliveryStatus::Full));
    assert_eq!(lead.payout.state, PayoutState::Pending);
}

#[test]
fn nobody_else_sends_while_a_lease_lives() {
    let again = sending().on_intent(&did("d1"), 1, attempt(2), at(39), at(80));
    assert_eq!(again, Err(NotNow::Busy { until: at(40) }));
}

#[test]
fn an_expired_lease_is_never_sent_again_straight_away() {
    let again = sending().on_intent(&did("d1"), 1, attempt(2), at(40), at(80));
    assert_eq!(again, Err(NotNow::LeaseExpired { attempt: attempt(1) }));
}

#[test]
fn an_unknown_request_is_not_repeated_to_a_buyer_that_would_not_recognise_it() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(None), at(40)).unwrap();
    assert_eq!(lead.on_intent(&did("d1"), 1, attempt(2), at(50), at(90)), Err(NotNow::Passed));
    assert_eq!(lead.sold_status(), SoldStatus::Open);
    assert_eq!(lead.watch_at(), Some(at(86_400)));
}

#[test]
fn an_idempotent_buyer_gets_the_same_request_again_under_the_same_id() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(Some(at(60))), at(40)).unwrap();
    assert_eq!(lead.on_intent(&did("d1"), 1, attempt(2), at(59), at(90)), Err(NotNow::NotDue { due: at(60) }));
    let lead = lead.on_intent(&did("d1"), 1, attempt(2), at(60), at(90)).unwrap();
    let delivery = lead.delivery(&did("d1")).unwrap();
    assert_eq!(delivery.state, DeliveryState::Sending { attempt: attempt(1), lease_until: at(90), in_doubt: true });
    assert_eq!(delivery.attempts, 2);
}

#[test]
fn that_nobody_knows_is_no_news_of_a_request_that_is_unknown() {
    for (first, late) in [(None, Some(at(60))), (Some(at(60)), None), (None, None)] {
        let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(first), at(40)).unwrap();
        let again = lead.on_outcome(&did("d1"), &attempt(1), 1, unknown(late), at(45));
        assert_eq!(again.unwrap_err().code, "attempt_settled");
    }
    let unknown = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(None), at(40)).unwrap();
    let asked = unknown.on_deadline(&did("d1"), at(86_400)).unwrap();
    let late = asked.on_outcome(&did("d1"), &attempt(1), 1, self::unknown(None), at(86_401));
    assert_eq!(late.unwrap_err().code, "attempt_settled", "the seller is asked once");
}

#[test]
fn a_late_answer_settles_an_unknown_delivery() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(None), at(40)).unwrap();
    let lead = lead.on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(41)).unwrap();
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
}

#[test]
fn the_second_answer_to_a_request_changes_nothing() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    let refused = lead.on_outcome(&did("d1"), &attempt(1), 1, Outcome::Rejected { reason: "no".to_owned() }, at(13));
    assert_eq!(refused.unwrap_err().code, "attempt_settled");
}

#[test]
fn a_second_slot_is_not_promised_while_the_first_may_be_sold() {
    let lead = queued().on_queued(&did("d2"), Some("b2".parse().unwrap()), at(0)).unwrap();
    let lead = lead.on_intent(&did("d1"), 1, attempt(1), at(1), at(40)).unwrap();
    assert_eq!(lead.on_intent(&did("d2"), 1, attempt(2), at(1), at(40)), Err(NotNow::NoSlot));
}

#[test]
fn a_message_of_an_earlier_round_does_nothing() {
    let lead =
        sending().on_outcome(&did("d1"), &attempt(1), 1, Outcome::Failed { reason: "500".to_owned() }, at(12)).unwrap();
    let lead = lead.on_redelivered(&did("d1"), at(100)).unwrap();
    assert_eq!(lead.on_intent(&did("d1"), 1, attempt(2), at(101), at(140)), Err(NotNow::Passed));
    assert!(lead.on_intent(&did("d1"), 2, attempt(2), at(101), at(140)).is_ok());
}

#[test]
fn an_accepted_lead_is_not_redelivered() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    assert_eq!(lead.on_redelivered(&did("d1"), at(100)).unwrap_err().code, "not_redeliverable");
}

#[test]
fn feedback_that_never_comes_counts_as_a_refusal() {
    let pending = Outcome::Pending { reference: Some("B-7".to_owned()), deadline: at(1_000) };
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, pending, at(12)).unwrap();
    assert_eq!(lead.sold_status(), SoldStatus::Open);
    assert!(lead.on_deadline(&did("d1"), at(999)).is_err());
    let lead = lead.on_deadline(&did("d1"), at(1_000)).unwrap();
    let expected = DeliveryState::Rejected { reason: NO_ANSWER.to_owned() };
    assert_eq!(lead.delivery(&did("d1")).unwrap().state, expected);
}

#[test]
fn the_seller_is_asked_about_an_unknown_delivery_and_decides_it() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(None), at(40)).unwrap();
    let lead = lead.on_deadline(&did("d1"), at(86_400)).unwrap();
    let asked = Clearing::BySeller(at(86_400));
    assert!(
        matches!(lead.delivery(&did("d1")).unwrap().state, DeliveryState::Unknown { clearing, .. } if clearing == asked)
    );
    assert_eq!(lead.watch_at(), None);
    let decision = Decision::Accepted { price: pounds(900), reference: None };
    let lead = lead.on_decided(&did("d1"), decision, at(90_000)).unwrap();
    assert_eq!(lead.revenue(), Ok(pounds(900)));
}

#[test]
fn what_the_buyer_is_still_thinking_about_is_decided_by_whoever_hears_of_it_first() {
    let pending = Outcome::Pending { reference: None, deadline: at(1_000) };
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, pending, at(12)).unwrap();
    let no = Decision::Rejected { reason: "no".to_owned() };
    let refused = lead.on_decided(&did("d1"), no.clone(), at(20)).unwrap();
    assert_eq!(refused.sold_status(), SoldStatus::Unsold);
    assert_eq!(refused.on_decided(&did("d1"), no, at(30)).unwrap_err().code, "not_awaited");
}

#[test]
fn a_return_reverses_the_sale_and_the_payout_if_asked_to() {
    let sold = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    let asked = sold.on_return_requested(&did("d1"), ReturnRequest::because("INVALID_PHONE"), at(50)).unwrap();
    assert_eq!(asked.sold_status(), SoldStatus::Sold);
    let kept = asked.on_return_approved(&did("d1"), false, at(60)).unwrap();
    let reversed = asked.on_return_approved(&did("d1"), true, at(60)).unwrap();
    assert_eq!((kept.sold_status(), kept.payout.state), (SoldStatus::Returned, PayoutState::Earned));
    assert_eq!((reversed.revenue(), reversed.payout.state), (Ok(pounds(0)), PayoutState::Reversed));
    assert_eq!(
        reversed.on_return_requested(&did("d1"), ReturnRequest::because("OTHER"), at(70)).unwrap_err().code,
        "already_returned"
    );
}

#[test]
fn a_refused_return_leaves_the_sale_and_may_be_asked_for_again() {
    let sold = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    let refused = sold
        .on_return_requested(&did("d1"), ReturnRequest::because("OTHER"), at(50))
        .unwrap()
        .on_return_refused(&did("d1"), "it is genuine", at(60));
    let refused = refused.unwrap();
    assert_eq!(refused.sold_status(), SoldStatus::Sold);
    assert!(refused.on_return_requested(&did("d1"), ReturnRequest::because("OTHER"), at(70)).is_ok());
}

#[test]
fn a_lost_message_is_noticed_after_two_minutes_and_the_sweeper_grows_patient() {
    let lead = queued();
    assert!(lead.stuck(at(119)).is_empty());
    assert_eq!(stuck(&lead, 120), [(did("d1"), 1)]);
    let lead = lead.on_swept(at(120));
    assert!(lead.stuck(at(239)).is_empty());
    let lead = lead.on_swept(at(240));
    assert!(lead.stuck(at(240 + 239)).is_empty());
    assert_eq!(stuck(&lead, 240 + 240), [(did("d1"), 1)]);
}

#[test]
fn what_waits_longer_than_a_queue_can_is_parked_under_its_time() {
    let retry = |due| Outcome::Retry { reason: "503".to_owned(), due };
    let soon = sending().on_outcome(&did("d1"), &attempt(1), 1, retry(at(12 + 900)), at(12)).unwrap();
    let late = sending().on_outcome(&did("d1"), &attempt(1), 1, retry(at(12 + 901)), at(12)).unwrap();
    assert_eq!((soon.watch_at(), late.watch_at()), (None, Some(at(12 + 901))));
}

#[test]
fn a_sold_lead_that_still_goes_to_others_is_watched_by_time() {
    let lead = lead(2).on_queued(&did("d1"), buyer(), at(0)).unwrap();
    let lead = lead.on_queued(&did("d2"), Some("b2".parse().unwrap()), at(0)).unwrap();
    let lead = lead.on_intent(&did("d1"), 1, attempt(1), at(1), at(40)).unwrap();
    assert_eq!(lead.watch_at(), None);
    let lead = lead.on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(2)).unwrap();
    assert_eq!(lead.watch_at(), Some(at(0) + SignedDuration::from_mins(2)));
}

#[test]
fn a_lead_keeps_its_meaning_through_storage() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    let lead = lead.on_return_requested(&did("d1"), ReturnRequest::because("OTHER"), at(50)).unwrap();
    let stored = serde_json::to_value(&lead).unwrap();
    insta::assert_json_snapshot!(stored);
    assert_eq!(serde_json::from_value::<Lead>(stored).unwrap(), lead);
}

#[test]
fn of_a_request_that_was_sent_again_only_an_acceptance_is_still_heard() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, unknown(Some(at(60))), at(40)).unwrap();
    let again = lead.on_intent(&did("d1"), 1, attempt(2), at(60), at(90)).unwrap();
    let late =
        again.on_outcome(&did("d1"), &attempt(1), 1, Outcome::Rejected { reason: "in progress".to_owned() }, at(61));
    assert_eq!(late.unwrap_err().code, "attempt_settled");
    assert_eq!(
        again.on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(61)).unwrap().sold_status(),
        SoldStatus::Sold
    );
    assert_eq!(
        again.on_outcome(&did("d1"), &attempt(1), 2, accepted(), at(61)).unwrap().sold_status(),
        SoldStatus::Sold
    );
}

#[test]
fn a_returned_lead_is_not_handed_on_as_if_nobody_had_had_it() {
    let lead = sending().on_outcome(&did("d1"), &attempt(1), 1, accepted(), at(12)).unwrap();
    let lead = lead.on_return_requested(&did("d1"), ReturnRequest::because("OTHER"), at(50)).unwrap();
    let lead = lead.on_return_approved(&did("d1"), true, at(60)).unwrap();
    assert_eq!((lead.sold_status(), lead.occupied_slots()), (SoldStatus::Returned, 1));
}

#[test]
fn an_old_lead_that_is_sent_again_is_watched_by_time() {
    let lead =
        sending().on_outcome(&did("d1"), &attempt(1), 1, Outcome::Failed { reason: "500".to_owned() }, at(12)).unwrap();
    let year = 365 * 86_400;
    let lead = lead.on_redelivered(&did("d1"), at(year)).unwrap();
    assert_eq!(lead.watch_at(), Some(at(year + 120)));
}
