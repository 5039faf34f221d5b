//! A delivery that keeps failing is paused: others get its leads meanwhile, it is tried with one, and the seller is told once.
//! And one that is closed for some minutes is told by the queue when it opens.

use domain::{
    delivery::{BreakerRule, Delivery},
    lead::{DeliveryState, SoldStatus},
};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::json;
use store::DeliveryJob;
use tests::{Fault, Faults, Lab, LabBuyer, Reply};

use super::{buyer, kinds, lab, lab_with, post};

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
    let notices = lab.tables.store().notices(lab.now(), 10, None, None).await.unwrap().unwrap();
    assert_eq!(notices.items.len(), 1, "the seller is told once: {notices:?}");
}

/// A lab whose delivery keeps rows of files and pauses after two failures, with the messages of five leads; and by which
/// call a row is kept.
async fn filing() -> (Lab, Vec<DeliveryJob>, usize) {
    let columns = json!([{ "name": "Lead", "value": "{{ lead.id }}" }]);
    let mut lab = kinds::lab_with("df", json!({ "kind": "file", "columns": columns, "time_zone": "UTC" })).await;
    let stored = lab.tables.store().record::<Delivery>("df").await.unwrap().unwrap();
    let breaker = BreakerRule { after_failures: 2, pause_s: 600 };
    lab.tables.store().save(Delivery { breaker, ..stored.record }, Some(stored.version)).await.unwrap();
    for number in 0..5 {
        let lead = json!({ "campid": "solar", "email": format!("ann{number}@example.com") });
        post(&lab, &Faults::default(), None, &lead).await;
    }
    let mut messages = lab.messages().await;
    assert_eq!(messages.len(), 5);
    let quiet = Faults::default();
    assert!(lab.handle(&quiet, &messages.remove(0)).await);
    let row = quiet.calls().iter().position(|operation| operation.ends_with(".TransactWriteItems")).unwrap();
    (lab, messages, row)
}

/// Handles a message while its row cannot be kept.
async fn fail(lab: &Lab, message: &DeliveryJob, row: usize) {
    let away = Faults::at((row..row + 3).map(|call| (call, Fault::ServerError)));
    assert!(lab.handle(&away, message).await);
    assert!(!is_taken(lab, message).await);
}

/// Handles a message while all is well; whether its lead is taken then.
async fn takes(lab: &Lab, message: &DeliveryJob) -> bool {
    assert!(lab.handle(&Faults::default(), message).await);
    is_taken(lab, message).await
}

async fn is_taken(lab: &Lab, message: &DeliveryJob) -> bool {
    let lead = lab.tables.store().lead(message.lead_id).await.unwrap().unwrap();
    matches!(kinds::state(&lead), DeliveryState::Accepted { .. })
}

#[tokio::test]
async fn a_delivery_that_makes_no_request_is_paused_by_failures_in_a_row_alone() {
    let (lab, messages, row) = filing().await;
    fail(&lab, &messages[0], row).await;
    assert!(takes(&lab, &messages[1]).await);
    fail(&lab, &messages[2], row).await;
    assert!(takes(&lab, &messages[3]).await, "no two failures followed each other");
}

#[tokio::test]
async fn a_delivery_that_makes_no_request_is_no_longer_paused_once_a_try_has_worked() {
    let (mut lab, messages, row) = filing().await;
    fail(&lab, &messages[0], row).await;
    fail(&lab, &messages[1], row).await;
    assert!(!takes(&lab, &messages[2]).await, "it is paused");
    lab.wait(SignedDuration::from_secs(700));
    assert!(takes(&lab, &messages[2]).await, "it is tried");
    assert!(takes(&lab, &messages[3]).await, "and others need not wait any more");
    lab.drain(&Faults::default()).await;
    lab.verify().await;
}

#[tokio::test]
async fn a_lead_that_waits_for_minutes_only_has_a_message_that_comes_when_its_buyer_opens() {
    let one = json!({ "campid": "solar", "email": "one@example.com" });
    let two = json!({ "leads": [one, { "campid": "solar", "email": "two@example.com" }] });
    let live = json!({ "live": { "within_ms": 20_000 } });
    for (changes, body, leads) in [(json!({}), &one, 1), (json!({}), &two, 2), (live, &one, 1)] {
        let clock = |minutes| {
            let at = lambda::now() + SignedDuration::from_mins(minutes);
            at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
        };
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let hours = json!([{ "days": days, "from": clock(6), "to": clock(120) }]);
        let more = json!({ "schedule": { "time_zone": "UTC", "hours": hours, "outside": "hold" } });
        let own = LabBuyer { more, ..buyer("1", [Reply::accept("B-1"), Reply::accept("B-2")]) };
        let mut lab = lab_with(changes, vec![own]).await;
        post(&lab, &Faults::default(), None, body).await;
        let messages = lab.messages().await;
        assert_eq!((messages.len(), lab.requests()), (leads, vec![0]));
        lab.wait(SignedDuration::from_mins(7));
        for message in messages {
            assert!(lab.handle(&Faults::default(), &message).await);
        }
        assert!(lab.leads().await.iter().all(|lead| lead.sold_status() == SoldStatus::Sold));
    }
}
