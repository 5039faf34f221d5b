//! What is left of deleted leads, and what can still happen to them.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::prelude::*;

use super::*;
use crate::{
    journal::{events, news},
    lead::{
        Outcome, ReturnRequest, SoldStatus,
        properties::{events as history, on_any_terms, told},
        tests::{at, attempt, did, lead, pounds},
    },
};

const SECRET: &str = "Ann Smith, LS1 4AP";

fn with_person(max_sales: u8) -> Lead {
    let fields = [("firstname", SECRET), ("email", "ann@example.com")];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
    Lead { fields, source: Some(SECRET.to_owned()), ssid: Some(SECRET.to_owned()), ..lead(max_sales) }
}

fn asked(lead: &Lead, name: &str, n: u128) -> Lead {
    let given = lead.on_queued(&did(name), Some(format!("b-{name}").parse().unwrap()), at(0)).unwrap();
    given.on_intent(&did(name), 1, attempt(n), at(1), at(40)).unwrap()
}

fn answered(lead: &Lead, name: &str, n: u128, outcome: Outcome) -> Lead {
    asked(lead, name, n).on_outcome(&did(name), &attempt(n), 1, outcome, at(2)).unwrap()
}

fn bought() -> Outcome {
    let said = || Some(SECRET.to_owned());
    Outcome::Accepted { price: pounds(1_250), reference: said(), redirect_url: said() }
}

/// Everything that somebody can have said stands in it.
fn told_of() -> Lead {
    let words = || SECRET.to_owned();
    let lead = answered(&with_person(3), "d1", 1, bought());
    let lead = answered(&lead, "d2", 2, Outcome::Rejected { reason: words() });
    let lead = answered(&lead, "d3", 3, Outcome::Failed { reason: words() });
    let clearing = Clearing::ByRepeat(at(90));
    let lead = answered(&lead, "d4", 4, Outcome::Unknown { reason: words(), clearing });
    let lead = answered(&lead, "d5", 5, Outcome::Pending { reference: Some(words()), deadline: at(90) });
    let lead = lead.on_skipped(&did("d6"), None, SkipReason::Filter(words()), at(3)).unwrap();
    let lead = lead.on_queued(&did("d7"), None, at(3)).unwrap();
    let request = ReturnRequest { comment: Some(SECRET), ..ReturnRequest::because("OTHER") };
    let lead = lead.on_return_requested(&did("d1"), request, at(4)).unwrap();
    let lead = lead.on_return_refused(&did("d1"), SECRET, at(5)).unwrap();
    lead.on_return_requested(&did("d1"), request, at(6)).unwrap()
}

fn text(lead: &Lead) -> String {
    serde_json::to_string(lead).unwrap()
}

#[test]
fn no_word_of_anybody_is_left_and_the_books_are_what_they_were() {
    let before = told_of();
    assert!(text(&before).matches(SECRET).count() > 10);
    let after = before.on_deleted(at(50)).unwrap();
    assert!(
        after.is_tombstone() && !text(&after).contains("Ann") && !text(&after).contains("ann@"),
        "{}",
        text(&after)
    );
    assert_eq!(events(&after).unwrap(), events(&before).unwrap());
    assert_eq!(after.on_deleted(at(51)).unwrap_err().code, "deleted");
    assert_eq!(after.sold_status(), SoldStatus::Sold);
}

#[test]
fn nobody_is_given_a_deleted_lead_and_what_can_be_taken_back_still_can() {
    let after = told_of().on_deleted(at(50)).unwrap();
    assert!(!after.is_for_sale());
    assert_eq!(after.on_queued(&did("d9"), None, at(60)).unwrap_err().code, "deleted");
    assert_eq!(after.on_redelivered(&did("d2"), at(60)).unwrap_err().code, "deleted");
    let back = after.on_return_approved(&did("d1"), true, at(60)).unwrap();
    assert_eq!(back.revenue().unwrap(), pounds(0));
    let sold =
        after.on_decided(&did("d4"), crate::lead::Decision::Accepted { price: pounds(900), reference: None }, at(60));
    assert_eq!(sold.unwrap().revenue().unwrap(), pounds(2_150));
}

#[test]
fn what_is_said_about_a_tombstone_is_not_kept() {
    let after = told_of().on_deleted(at(50)).unwrap();
    let said = after.on_return_refused(&did("d1"), SECRET, at(60)).unwrap();
    let request = ReturnRequest { comment: Some(SECRET), ..ReturnRequest::because("OTHER") };
    let said = said.on_return_requested(&did("d1"), request, at(61)).unwrap().on_swept(at(62));
    assert!(text(&said).contains(SECRET));
    let kept = said.clone().without_words_if_deleted();
    assert!(!text(&kept).contains(SECRET) && kept.swept == said.swept);
    let alive = told_of();
    assert_eq!(alive.clone().without_words_if_deleted(), alive);
}

#[test]
fn an_answer_that_is_on_its_way_is_waited_for_and_counts() {
    let waiting =
        asked(&with_person(2), "d1", 1).on_queued(&did("d2"), None, at(1)).unwrap().on_deleted(at(5)).unwrap();
    assert!(waiting.is_deleted() && !waiting.is_tombstone());
    assert_eq!(waiting.watch_at(), Some(at(40)));
    assert!(waiting.deliveries[&did("d2")].state.is_skipped(), "nobody else is asked");
    assert_eq!(waiting.on_deletion_due(at(41)).unwrap(), None, "what its worker kept is settled first");
    let told = waiting.on_outcome(&did("d1"), &attempt(1), 1, bought(), at(6)).unwrap();
    let after = told.on_deletion_due(at(7)).unwrap().unwrap();
    assert!(after.is_tombstone() && !text(&after).contains(SECRET));
    assert_eq!(after.revenue().unwrap(), pounds(1_250));
}

#[test]
fn a_dead_workers_request_comes_to_its_end_although_the_lead_is_deleted() {
    use crate::lead::NotNow;
    let waiting = asked(&with_person(1), "d1", 1).on_deleted(at(5)).unwrap();
    let next = |now| waiting.on_intent(&did("d1"), 1, attempt(2), at(now), at(now + 40)).unwrap_err();
    assert_eq!(next(30), NotNow::Busy { until: at(40) });
    assert_eq!(next(41), NotNow::LeaseExpired { attempt: attempt(1) });
    let retry = Outcome::Retry { reason: "503".to_owned(), due: at(60) };
    let told = waiting.on_outcome(&did("d1"), &attempt(1), 1, retry, at(42)).unwrap();
    assert_eq!(told.on_intent(&did("d1"), 1, attempt(2), at(61), at(99)).unwrap_err(), NotNow::Passed);
    let after = told.on_deletion_due(at(62)).unwrap().unwrap();
    assert_eq!((after.is_tombstone(), after.sold_status()), (true, SoldStatus::Unsold));
}

#[test]
fn what_lies_beside_it_is_removed_twice_and_then_nothing_is_left_to_do() {
    let erasing = with_person(1).on_deleted(at(0)).unwrap();
    let again = erasing.deletion.unwrap().due().unwrap();
    assert_eq!((erasing.watch_at(), erasing.on_deletion_due(at(1)).unwrap()), (Some(again), None));
    let erased = erasing.on_deletion_due(again).unwrap().unwrap();
    assert_eq!(erased.deletion.unwrap().stage, DeletionStage::Erased);
    assert_eq!((erased.watch_at(), erased.on_deletion_due(at(99_999)).unwrap()), (None, None));
}

#[test]
fn a_lead_that_was_put_aside_is_not_let_out_again() {
    let aside = with_person(1).on_quarantined(SECRET.to_owned(), Some(at(90))).unwrap();
    let after = aside.on_deleted(at(5)).unwrap();
    assert_eq!((after.sold_status(), after.quarantined_until()), (SoldStatus::Unsold, None));
    assert_eq!(after.on_released(at(6)).unwrap_err().code, "deleted");
    assert!(!text(&after).contains(SECRET));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn deleting_moves_no_money_whatever_has_happened(lead in on_any_terms(), history in history()) {
        for lead in told(&lead, &history) {
            let Ok(after) = lead.on_deleted(at(100_000)) else { continue };
            prop_assert!(after.is_tombstone() || after.lease_until().is_some());
            let moved: Vec<_> = news(Some(&lead), &after).unwrap().into_iter().filter(|event| event.entry.is_some()).collect();
            prop_assert_eq!(moved, vec![]);
            prop_assert_eq!(after.revenue().unwrap(), lead.revenue().unwrap());
            prop_assert_eq!(after.earned_payout().unwrap(), lead.earned_payout().unwrap());
            prop_assert!(after.occupied_slots() <= lead.occupied_slots());
        }
    }
}
