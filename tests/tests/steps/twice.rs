//! The same message more than once.

use domain::lead::SoldStatus;
use tests::{Reply, TestBuyer, World};

use super::{draw, job, stored_lead, waiting, worker};

#[tokio::test]
async fn two_workers_with_the_same_message_make_one_request() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead = stored_lead(&world, lambda::now()).await;
    let did = world.reference("d1").parse().unwrap();
    let (worker, url) = worker(&world).await;

    let message = job(&lead, &did);
    let (first, second) =
        tokio::join!(worker.deliver(&message, draw(lambda::now())), worker.deliver(&message, draw(lambda::now())));
    first.unwrap();
    second.unwrap();

    let lead = worker.store.lead(lead.id).await.unwrap().unwrap();
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
    assert_eq!(buyer.requests().len(), 1);
    // Whoever came second either found it done, or put its message back until the lease ends.
    assert!(waiting(&world, &url).await <= 1);
}

#[tokio::test]
async fn a_message_after_the_sale_does_nothing() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead = stored_lead(&world, lambda::now()).await;
    let did = world.reference("d1").parse().unwrap();
    let (worker, url) = worker(&world).await;
    worker.deliver(&job(&lead, &did), draw(lambda::now())).await.unwrap();
    let sold = worker.store.lead(lead.id).await.unwrap();

    worker.deliver(&job(&lead, &did), draw(lambda::now())).await.unwrap();

    assert_eq!(worker.store.lead(lead.id).await.unwrap(), sold);
    assert_eq!((buyer.requests().len(), waiting(&world, &url).await), (1, 0));
}

#[tokio::test]
async fn a_refused_lead_is_handed_on_by_a_message_for_the_next_in_line() {
    let mut world = World::new().await;
    let first = TestBuyer::answering([Reply::reject("no")]).await;
    let second = TestBuyer::answering([Reply::accept("B-2")]).await;
    world.add_buyer("1", "12.50", &first).await;
    world.add_buyer("2", "8.00", &second).await;
    let lead = stored_lead(&world, lambda::now()).await;
    let (worker, url) = worker(&world).await;
    worker.deliver(&job(&lead, &world.reference("d1").parse().unwrap()), draw(lambda::now())).await.unwrap();
    assert_eq!(waiting(&world, &url).await, 1);
    worker.deliver(&job(&lead, &world.reference("d2").parse().unwrap()), draw(lambda::now())).await.unwrap();
    let lead = worker.store.lead(lead.id).await.unwrap().unwrap();
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
}
