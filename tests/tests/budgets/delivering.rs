//! Delivering and selling.

use domain::lead::SoldStatus;
use tests::{Reply, TestBuyer, capacity::Units};

use super::{Metered, after};

#[tokio::test]
async fn a_lead_sold_at_the_first_try_costs_5_and_14_with_its_intake() {
    let buyer = TestBuyer::answering([Reply::accept("B-0"), Reply::accept("B-1")]).await;
    let metered = Metered::warm(&[buyer.url()], true).await;
    let first = metered.taken_in(1).await;
    metered.deliver(first, "d1", lambda::now()).await;
    metered.meter.bill("the first sale of a cold function");

    let id = metered.taken_in(2).await;
    let taken_in = metered.meter.bill("the lead that will be sold is taken in");
    let lead = metered.deliver(id, "d1", lambda::now()).await;
    let bill = metered.meter.bill("a lead is delivered and sold at the first try");
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
    assert!(bill.written() <= Units::whole(5));
    assert_eq!(bill.operations(), ["GetItem", "UpdateItem", "PutItem", "UpdateItem"]);
    assert_eq!(bill.read(), Units::whole(1));

    let all = taken_in.and(bill);
    all.print("one sold lead, intake and delivery");
    assert!(all.written() <= Units::whole(14));
}

#[tokio::test]
async fn a_retry_costs_another_intent_answer_and_outcome() {
    let buyer = TestBuyer::answering([Reply::new(503, "later"), Reply::accept("B-1")]).await;
    let metered = Metered::warm(&[buyer.url()], true).await;
    let id = metered.taken_in(1).await;
    let now = lambda::now();
    metered.meter.bill("the lead that will be sold is taken in");
    metered.deliver(id, "d1", now).await;
    let lead = metered.deliver(id, "d1", after(now, 5)).await;
    let bill = metered.meter.bill("a lead is retried once, then sold");
    assert_eq!((lead.sold_status(), buyer.requests().len()), (SoldStatus::Sold, 2));
    // That it failed is counted, and forgotten when it works again.
    assert!(bill.written() <= Units::whole(10));
}

#[tokio::test]
async fn a_refusal_and_a_sale_to_the_next_in_line_cost_a_step_each() {
    let first = TestBuyer::answering([Reply::reject("full")]).await;
    let second = TestBuyer::answering([Reply::accept("B-1")]).await;
    let metered = Metered::warm(&[first.url(), second.url()], true).await;
    let id = metered.taken_in(1).await;
    let now = lambda::now();
    metered.meter.bill("the lead that will be sold is taken in");
    metered.deliver(id, "d1", now).await;
    let lead = metered.deliver(id, "d2", after(now, 5)).await;
    let bill = metered.meter.bill("a lead is refused, then sold to the next in line");
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
    assert!(bill.written() <= Units::whole(8));
}

#[tokio::test]
async fn a_message_that_comes_again_reads_the_lead_and_writes_nothing() {
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    let metered = Metered::warm(&[buyer.url()], true).await;
    let id = metered.taken_in(1).await;
    metered.deliver(id, "d1", lambda::now()).await;
    metered.meter.bill("the lead is sold");
    metered.deliver(id, "d1", lambda::now()).await;
    let bill = metered.meter.bill("its message comes again");
    assert_eq!((bill.operations(), bill.read()), (vec!["GetItem"], Units::whole(1)));
}
