//! A delivery that keeps failing is paused: others get its leads meanwhile, it is tried with one, and the seller is told once.

use domain::lead::SoldStatus;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Faults, Lab, LabBuyer, Reply};

use super::{buyer, lab, post};

/// Lets messages be handled for some seconds; the pause is longer.
async fn work(lab: &mut Lab) {
    for _ in 0..6 {
        for message in lab.messages().await {
            assert!(lab.handle(&Faults::default(), &message).await);
        }
        lab.wait(SignedDuration::from_secs(2));
    }
}

#[tokio::test]
async fn a_delivery_that_fails_twice_is_left_alone_for_a_minute_and_then_tried_with_one_lead() {
    let failing = [Reply::new(503, "down"), Reply::new(503, "down"), Reply::accept("B-1")];
    let paused = json!({ "breaker": { "after_failures": 2, "pause_s": 600 }, "retry": { "delays_s": [0, 0, 0, 0] } });
    let own = LabBuyer { more: paused, ..buyer("1", failing) };
    let mut lab = lab(1, vec![own, buyer("2", [Reply::accept("B-2")])]).await;
    let quiet = Faults::default();

    post(&lab, &quiet, None, &json!({ "campid": "solar", "email": "one@example.com" })).await;
    work(&mut lab).await;
    assert_eq!(lab.requests(), [2, 0], "two failures in a row");

    // While it is paused, the next lead goes to whoever is next.
    post(&lab, &quiet, None, &json!({ "campid": "solar", "email": "two@example.com" })).await;
    work(&mut lab).await;
    assert_eq!(lab.requests(), [2, 1], "nothing is sent to it");
    let sold = lab.leads().await.iter().filter(|lead| lead.sold_status() == SoldStatus::Sold).count();
    assert_eq!(sold, 1);

    // The first lead waits for the end of the pause, and is what it is tried with.
    lab.drain(&quiet).await;
    lab.verify().await;
    assert_eq!(lab.requests(), [3, 1]);
    assert!(lab.leads().await.iter().all(|lead| lead.sold_status() == SoldStatus::Sold));
    let notices = lab.tables.store().notices(lab.now(), 10, None).await.unwrap().unwrap();
    assert_eq!(notices.items.len(), 1, "the seller is told once: {notices:?}");
}
