//! Booking: what a sold lead costs with all that follows from it.

use domain::lead::SoldStatus;
use rollup::StreamEvent;
use serde_json::{Value, json};
use store::Identity;
use tests::{Reply, TestBuyer, capacity::Units};

use super::{Metered, furnished};

/// Leads that are sold.
const LEADS: usize = 100;
/// Changes in a batch of the stream, as the template says. Every other change of a lead that is sold is an intent, which
/// counts for nothing.
const BATCH: usize = 200;

/// The deployed buyer names no reference; each lead that has one costs a unit more, for the row that it is found by.
const ACCEPTED: &str = r#"{ "status": "accepted" }"#;

#[tokio::test]
async fn one_sold_lead_costs_16_and_a_half_with_everything_that_follows_from_it() {
    let buyer = TestBuyer::answering((0..=LEADS).map(|_| Reply::new(200, ACCEPTED))).await;
    let tables = furnished(&[buyer.url()], true).await;
    let metered = Metered::over(tables.clone()).await.warmed().await;
    let app = rollup::App {
        store: metered.store.clone(),
        identity: Identity::new("a secret".to_owned().into()),
        responder_queue: None,
        feedback_queue: None,
    };
    let book = async |changes: &[Value]| {
        let event: StreamEvent = serde_json::from_value(json!({ "Records": changes })).unwrap();
        assert_eq!(rollup::handle(&app, event, lambda::now()).await.batch_item_failures, []);
    };
    book(&tables.lead_changes()).await;
    let known = tables.lead_changes().len();
    metered.meter.bill("the first lead of cold functions");

    let mut ids = Vec::new();
    for number in 1..=LEADS {
        ids.push(metered.taken_in(number).await);
    }
    for id in ids {
        let lead = metered.deliver(id, "d1", lambda::now()).await;
        assert_eq!(lead.sold_status(), SoldStatus::Sold);
    }
    let sold = metered.meter.bill("a hundred leads are taken in and sold");
    assert!(sold.written() <= Units::whole(14 * LEADS as u64));

    for batch in tables.lead_changes()[known..].chunks(BATCH) {
        book(batch).await;
    }
    let booked = metered.meter.bill("they are booked, in batches of 200 changes");
    // Two and a half each.
    assert!(booked.written() <= Units::whole(5 * LEADS as u64 / 2));
    let all = sold.and(booked);
    // Sixteen and a half each.
    assert!(all.written() <= Units::whole(33 * LEADS as u64 / 2));
    assert_eq!(all.operations().iter().filter(|operation| **operation == "Scan").count(), 0);
}
