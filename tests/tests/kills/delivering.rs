//! Delivery: every request is written down, no acceptance is lost, nobody is asked twice by mistake.

use std::time::Duration;

use domain::lead::{DeliveryState, SoldStatus};
use serde_json::Value;
use tests::{Faults, Lab, LabBuyer, Reply};

use super::{
    buyer, good_lead, is_sold_or_left_unknown, lab, only_approved, post, with_a_second_kill_after_each_write,
    with_every_fault,
};

/// A lead that is taken in without faults, and then delivered with them.
async fn delivered(max_sales: u8, buyers: Vec<LabBuyer>, faults: &Faults) -> Lab {
    let mut lab = lab(max_sales, buyers).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    lab.drain(faults).await;
    lab.verify().await;
    lab.replay_everything().await;
    lab
}

async fn sold_at_first_try(faults: Faults) {
    let lab = delivered(1, vec![buyer("1", [Reply::accept("B-1")])], &faults).await;
    assert!(lab.requests()[0] <= 1, "a buyer that may have it is not asked again");
    assert!(is_sold_or_left_unknown(&only_approved(&lab).await, &faults));
}

#[tokio::test]
async fn a_lead_that_is_accepted_is_sold_or_unknown_whatever_fails() {
    with_every_fault(sold_at_first_try).await;
}

async fn rejected_then_sold(faults: Faults) {
    let buyers = vec![buyer("1", [Reply::reject("no")]), buyer("2", [Reply::accept("B-2")])];
    let lab = delivered(1, buyers, &faults).await;
    assert!(lab.requests().iter().all(|requests| *requests <= 1));
    let lead = only_approved(&lab).await;
    let first_is_unknown = matches!(lead.deliveries[&"d1".parse().unwrap()].state, DeliveryState::Unknown { .. });
    // Either nobody knows whether the first has it, or the second has its turn.
    assert_eq!(lead.deliveries.len(), if first_is_unknown { 1 } else { 2 }, "{lead:#?}");
    assert!(faults.are_deadly() || lab.requests() == [1, 1], "{lead:#?}");
    assert!(is_sold_or_left_unknown(&lead, &faults), "{lead:#?}");
}

#[tokio::test]
async fn a_lead_that_is_refused_goes_to_the_next_in_line_whatever_fails() {
    with_every_fault(rejected_then_sold).await;
}

#[tokio::test]
async fn a_lead_that_is_refused_survives_two_deaths_on_its_way_to_the_next() {
    with_a_second_kill_after_each_write(rejected_then_sold).await;
}

async fn retried_then_sold(faults: Faults) {
    let replies = [Reply::new(503, "busy"), Reply::new(500, "oops"), Reply::accept("B-1")];
    let lab = delivered(1, vec![buyer("1", replies)], &faults).await;
    assert!(lab.requests()[0] <= 3);
    assert!(is_sold_or_left_unknown(&only_approved(&lab).await, &faults));
}

#[tokio::test]
async fn a_lead_that_is_tried_again_is_never_tried_more_often_than_written_down() {
    with_every_fault(retried_then_sold).await;
}

async fn sold_twice(faults: Faults) {
    let buyers = vec![
        buyer("1", [Reply::accept("B-1")]),
        buyer("2", [Reply::reject("no")]),
        buyer("3", [Reply::accept("B-3")]),
        buyer("4", [Reply::accept("B-4")]),
    ];
    let lab = delivered(2, buyers, &faults).await;
    assert!(lab.requests().iter().all(|requests| *requests <= 1));
    let lead = only_approved(&lab).await;
    assert_eq!(lead.occupied_slots(), 2, "{lead:#?}");
    assert!(faults.are_deadly() || lead.standing_sales().count() == 2, "{lead:#?}");
}

#[tokio::test]
async fn a_lead_for_two_buyers_is_never_sold_to_three_whatever_fails() {
    with_every_fault(sold_twice).await;
}

async fn answered_late(faults: Faults) {
    let slow = Reply::accept("late").after(Duration::from_secs(60));
    let own = LabBuyer { short: "1", replies: vec![slow, Reply::accept("again")], idempotent: true, more: Value::Null };
    let lab = delivered(1, vec![own], &faults).await;
    assert!(is_sold_or_left_unknown(&only_approved(&lab).await, &faults));
}

#[tokio::test]
async fn a_buyer_that_recognises_repeats_is_asked_until_it_answers_whatever_fails() {
    with_every_fault(answered_late).await;
}

#[tokio::test]
async fn a_worker_that_dies_while_the_buyer_has_the_lead_leaves_it_unknown_whatever_the_buyer_would_have_said() {
    for reply in [Reply::accept("B-1"), Reply::reject("no"), Reply::new(503, "busy")] {
        let faults = Faults::default();
        let dying = reply.after(Duration::from_secs(60)).killing(&faults);
        let lab = delivered(1, vec![buyer("1", [dying]), buyer("2", [Reply::accept("B-2")])], &faults).await;
        let lead = only_approved(&lab).await;
        assert_eq!((lead.sold_status(), lab.requests()), (SoldStatus::Open, vec![1, 0]));
    }
}

#[tokio::test]
async fn a_worker_that_dies_while_a_buyer_that_recognises_repeats_has_the_lead_is_followed_by_one_that_asks_again() {
    let faults = Faults::default();
    let dying = Reply::accept("B-1").after(Duration::from_secs(60)).killing(&faults);
    let own = LabBuyer { short: "1", replies: vec![dying, Reply::accept("B-1")], idempotent: true, more: Value::Null };
    let lab = delivered(1, vec![own], &faults).await;
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Sold, vec![2]));
}
