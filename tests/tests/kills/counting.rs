//! Caps: never exceeded, nothing leaked, whatever fails and however many ask at once.

use domain::lead::{DeliveryState, Lead, SkipReason};
use futures::{StreamExt, stream};
use serde_json::json;
use tests::{Faults, Lab, LabBuyer, Reply};

use super::{
    buyer, by_a_second_worker, by_the_sweeper, lab, left_in_peace, post, with_a_worker_held_up_at_each_call,
    with_every_fault,
};

fn capped(short: &'static str, count: u32, reply: Reply) -> LabBuyer {
    LabBuyer { more: json!({ "caps": [{ "per": "total", "count": count }] }), ..buyer(short, [reply]) }
}

fn numbered_lead(number: usize) -> serde_json::Value {
    json!({ "campid": "solar", "email": format!("ann{number}@example.com") })
}

fn is_with(lead: &Lead, did: &str) -> bool {
    lead.deliveries.get(&did.parse().unwrap()).is_some_and(|delivery| delivery.state.occupies_slot())
}

/// Two leads, one place at the first buyer; the faults meet the first lead.
async fn the_last_place(faults: Faults) {
    let buyers = vec![capped("1", 1, Reply::accept("B-1")), buyer("2", [Reply::accept("B-2")])];
    let mut lab = lab(1, buyers).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    lab.drain(&faults).await;
    post(&lab, &Faults::default(), None, &numbered_lead(2)).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.verify_counts().await;
    lab.replay_everything().await;
    let leads = lab.leads().await;
    assert_eq!(leads.iter().filter(|lead| is_with(lead, "d1")).count(), 1, "the place is used, once: {leads:#?}");
    let full = SkipReason::Cap(domain::cap::CapPer::Total);
    let skipped = leads.iter().flat_map(|lead| lead.deliveries.values());
    let told = skipped.filter(|one| one.state == DeliveryState::Skipped { reason: full.clone() }).count();
    assert_eq!(told, 1, "the other lead is told why: {leads:#?}");
}

#[tokio::test]
async fn the_last_place_under_a_cap_is_taken_once_and_never_lost_whatever_fails() {
    with_every_fault(the_last_place).await;
}

/// A buyer that refuses gives its place back.
async fn refused(faults: Faults) {
    let buyers = vec![capped("1", 1, Reply::reject("no")), capped("2", 1, Reply::new(503, "busy"))];
    let mut lab = lab(1, buyers).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    lab.drain(&faults).await;
    lab.verify().await;
    lab.verify_counts().await;
    lab.replay_everything().await;
}

#[tokio::test]
async fn what_is_refused_or_fails_counts_for_nothing_whatever_fails_beside() {
    with_every_fault(refused).await;
}

async fn one_lead() -> Lab {
    let lab = lab(1, vec![capped("1", 5, Reply::accept("B-1"))]).await;
    post(&lab, &Faults::default(), None, &numbered_lead(1)).await;
    lab
}

#[tokio::test]
async fn two_workers_with_one_message_take_one_place_wherever_the_first_is_held_up() {
    with_a_worker_held_up_at_each_call(one_lead, by_a_second_worker, async |lab| {
        lab.verify_counts().await;
        assert_eq!(lab.requests(), [1]);
    })
    .await;
}

#[tokio::test]
async fn a_place_that_is_given_back_while_its_worker_is_held_up_is_taken_anew() {
    let ready = async || left_in_peace(one_lead().await).await;
    with_a_worker_held_up_at_each_call(ready, by_the_sweeper, async |lab| {
        lab.verify_counts().await;
        assert_eq!(lab.requests(), [1]);
    })
    .await;
}

#[tokio::test]
async fn of_two_hundred_leads_at_once_exactly_as_many_get_through_as_the_cap_allows() {
    let buyers = vec![capped("1", 50, Reply::accept("B-1")), capped("2", 70, Reply::accept("B-2"))];
    let mut lab = lab(1, buyers).await;
    for number in 0..200 {
        post(&lab, &Faults::default(), None, &numbered_lead(number)).await;
    }
    for _ in 0..3 {
        let messages = lab.messages().await;
        let quiet = Faults::default();
        let handled = stream::iter(&messages).map(|message| lab.handle(&quiet, message)).buffer_unordered(200);
        assert!(handled.all(std::future::ready).await);
    }
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.verify_counts().await;
    let leads = lab.leads().await;
    let with = |did: &str| leads.iter().filter(|lead| is_with(lead, did)).count();
    assert_eq!((with("d1"), with("d2"), lab.requests()), (50, 70, vec![50, 70]));
    assert_eq!(leads.iter().filter(|lead| lead.sold_status() == domain::lead::SoldStatus::Unsold).count(), 80);
}
