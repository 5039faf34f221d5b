//! The sweeper dies anywhere: the next one takes up what it left.

use domain::cap::{Cap, CapPer, Windows};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::json;
use store::{Reservation, Scope};
use tests::{Faults, Reply};

use super::{buyer, good_lead, lab, only_approved, post, with_a_second_kill_after_each_write, with_every_fault};

async fn swept(faults: Faults) {
    let mut lab = lab(1, vec![buyer("1", [Reply::accept("B-1")])]).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    // The message is lost.
    assert_eq!(lab.messages().await.len(), 1);
    for _ in 0..2 {
        lab.wait(SignedDuration::from_mins(3));
        lab.sweep(&faults).await;
    }
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert_eq!(only_approved(&lab).await.sold_status(), domain::lead::SoldStatus::Sold);
    assert_eq!(lab.requests(), [1]);
}

#[tokio::test]
async fn a_lead_whose_message_is_lost_is_sold_in_the_end_wherever_the_sweeper_fails() {
    with_every_fault(swept).await;
}

#[tokio::test]
async fn a_lead_whose_message_is_lost_is_sold_in_the_end_though_two_sweepers_die() {
    with_a_second_kill_after_each_write(swept).await;
}

#[tokio::test]
async fn records_and_leads_that_cannot_be_read_are_told_and_keep_nothing_else_from_being_swept() {
    let quiet = Faults::default();
    let capped = json!({ "caps": [{ "per": "total", "count": 9 }] });
    let one = tests::LabBuyer { more: capped, ..buyer("1", [Reply::accept("B-1")]) };
    let mut lab = lab(1, vec![one]).await;
    for email in ["ann@example.com", "ben@example.com"] {
        post(&lab, &quiet, None, &json!({ "campid": "solar", "email": email })).await;
    }
    // Both messages are lost, one row is spoilt, and a worker has left a place behind.
    let lost = lab.messages().await;
    assert_eq!(lost.len(), 2);
    let (store, tables) = (lab.tables.store(), lab.tables.tables());
    lab.tables.spoil(&tables.leads, (&lost[0].lead_id.to_string(), "lead"), "d").await;
    let scope = Scope::Delivery("d1".parse().unwrap());
    let windows = Windows::at(&[Cap { per: CapPer::Total, count: 9 }], &TimeZone::UTC, lab.now());
    let nobodys = Reservation { id: "left".to_owned(), lead: lambda::new_lead_id(), lease_until: lab.now() };
    store.reserve(&scope, &windows, &nobodys).await.unwrap();
    for kind in ["campaign", "supplier", "buyer", "delivery"] {
        lab.tables.spoil(&tables.setup, (kind, "broken"), "r").await;
    }

    lab.wait(SignedDuration::from_mins(5));
    assert!(!lab.sweep(&quiet).await, "it is told that something failed");
    assert_eq!(lab.messages().await.iter().map(|job| job.lead_id).collect::<Vec<_>>(), [lost[1].lead_id]);
    assert_eq!(store.open_reservations(&[scope]).await.unwrap(), []);
}
