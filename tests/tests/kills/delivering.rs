//! Delivery: every request is written down, no acceptance is lost, nobody is asked twice by mistake.

use std::time::Duration;

use domain::lead::SoldStatus;
use tests::{Faults, Lab, LabBuyer, Reply};

use super::{buyer, good_lead, lab, only_approved, post, with_every_fault, with_every_pair_of_kills};

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
    let lead = only_approved(&lab).await;
    assert!(matches!(lead.sold_status(), SoldStatus::Sold | SoldStatus::Open));
}

#[tokio::test]
async fn a_lead_that_is_accepted_is_sold_or_unknown_whatever_fails() {
    with_every_fault(sold_at_first_try).await;
}

async fn rejected_then_sold(faults: Faults) {
    let buyers = vec![buyer("1", [Reply::reject("no")]), buyer("2", [Reply::accept("B-2")])];
    let lab = delivered(1, buyers, &faults).await;
    assert!(lab.requests().iter().all(|requests| *requests <= 1));
}

#[tokio::test]
async fn a_lead_that_is_refused_goes_to_the_next_in_line_whatever_fails() {
    with_every_fault(rejected_then_sold).await;
}

#[tokio::test]
async fn a_lead_that_is_refused_survives_two_deaths_on_its_way_to_the_next() {
    with_every_pair_of_kills(rejected_then_sold).await;
}

async fn retried_then_sold(faults: Faults) {
    let replies = [Reply::new(503, "busy"), Reply::new(500, "oops"), Reply::accept("B-1")];
    let lab = delivered(1, vec![buyer("1", replies)], &faults).await;
    assert!(lab.requests()[0] <= 3);
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
}

#[tokio::test]
async fn a_lead_for_two_buyers_is_never_sold_to_three_whatever_fails() {
    with_every_fault(sold_twice).await;
}

async fn answered_late(faults: Faults) {
    let slow = Reply::accept("late").after(Duration::from_secs(60));
    let own = LabBuyer { short: "1", replies: vec![slow, Reply::accept("again")], idempotent: true };
    let lab = delivered(1, vec![own], &faults).await;
    let lead = only_approved(&lab).await;
    assert!(matches!(lead.sold_status(), SoldStatus::Sold | SoldStatus::Open));
}

#[tokio::test]
async fn a_buyer_that_recognises_repeats_is_asked_until_it_answers_whatever_fails() {
    with_every_fault(answered_late).await;
}

#[tokio::test]
async fn a_worker_that_dies_while_the_buyer_has_the_lead_leaves_it_unknown() {
    let faults = Faults::default();
    let dying = Reply::accept("B-1").after(Duration::from_secs(60)).killing(&faults);
    let lab = delivered(1, vec![buyer("1", [dying]), buyer("2", [Reply::accept("B-2")])], &faults).await;
    let lead = only_approved(&lab).await;
    assert_eq!((lead.sold_status(), lab.requests()), (SoldStatus::Open, vec![1, 0]));
}
