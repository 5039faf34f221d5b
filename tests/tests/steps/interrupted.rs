//! A worker died between its intent and its outcome.

use domain::{
    lead::{Clearing, DeliveryState, Lead, Outcome, SoldStatus},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use store::{Attempt, Exchange};
use tests::{Reply, TestBuyer, World};

use super::{draw, job, stored_lead, worker, written};

/// A lead whose request a dead worker had written down, and whose lease ended a second before `now`.
async fn left_sending(world: &World, now: Timestamp) -> Lead {
    let before = now - SignedDuration::from_secs(60);
    let lead = stored_lead(world, before).await;
    let did = world.reference("d1").parse().unwrap();
    let sending =
        lead.on_intent(&did, 1, lambda::new_attempt_id(), before, now - SignedDuration::from_secs(1)).unwrap();
    written(world, &lead, &sending).await
}

#[tokio::test]
async fn an_answer_that_was_kept_settles_the_delivery_without_asking_again() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("again")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let now = lambda::now();
    let lead = left_sending(&world, now).await;
    let did = world.reference("d1").parse().unwrap();
    let DeliveryState::Sending { attempt: id, .. } = lead.delivery(&did).unwrap().state else { unreachable!() };
    let body = r#"{"status":"accepted","id":"B-1"}"#.to_owned();
    let heard = Exchange::Answered { status: 200, body, headers: Default::default(), retry_after_s: None, cut: false };
    // At a price that held when it came, and not any more.
    let price = Money { minor: 900, currency: "GBP".parse().unwrap() };
    let outcome = Outcome::Accepted { price, reference: Some("B-1".to_owned()), redirect_url: None };
    let kept =
        Attempt { did: did.clone(), number: 1, id, at: now, elapsed_ms: 5, correlation_id: None, heard, outcome };
    world.deployment.store().put_attempt(lead.id, &kept).await.unwrap();

    let (worker, _) = worker(&world).await;
    worker.deliver(&job(&lead, &did), draw(now)).await.unwrap();

    let lead = worker.store.lead(lead.id).await.unwrap().unwrap();
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
    let sale = lead.sales().next().unwrap().2;
    assert_eq!((sale.reference.as_deref(), sale.price), (Some("B-1"), price));
    assert!(buyer.requests().is_empty());
}

#[tokio::test]
async fn without_a_kept_answer_the_delivery_is_unknown_and_the_buyer_is_not_asked_again() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("again")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let now = lambda::now();
    let lead = left_sending(&world, now).await;
    let did = world.reference("d1").parse().unwrap();

    let (worker, _) = worker(&world).await;
    for _ in 0..2 {
        worker.deliver(&job(&lead, &did), draw(now)).await.unwrap();
    }

    let lead = worker.store.lead(lead.id).await.unwrap().unwrap();
    assert!(matches!(
        lead.delivery(&did).unwrap().state,
        DeliveryState::Unknown { clearing: Clearing::ByAnswer(_), .. }
    ));
    assert!(buyer.requests().is_empty());
    assert!(lead.watch_at().is_some());
    // The seller, who will have to decide, sees that a request was written down and that nothing was heard of it.
    let shown = world.lead_when(&lead.id.to_string(), |_| true).await;
    assert_eq!(shown["deliveries"][0]["attempts"][0]["result"], "not_recorded", "{shown:#}");
}
