//! A quarantine ends, and whoever ends it dies anywhere: it ends once, as it was decided, and what is released is sold once.

use domain::{
    access::Principal,
    buyer::Buyer,
    lead::{Approval, Lead, SoldStatus},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Faults, Lab, LabBuyer, Reply};

use super::{
    buyer, by_hand, kinds::save, lab_with, make_key, only_approved, post, with_a_second_kill_after_each_write,
    with_every_fault,
};

/// A lab that puts everybody but Bob aside, for a day.
async fn aside(then: &str) -> Lab {
    let filter = json!({ "field": "source", "is": { "type": "equals", "value": "bob" } });
    let changes = json!({
        "filters": [{ "filter": filter, "otherwise": "quarantine" }],
        "quarantine": { "hours": 24, "then": then },
    });
    let lab = lab_with(changes, vec![buyer("1", [Reply::accept("B-1")])]).await;
    make_key(&lab, "seller", Principal::Seller).await;
    let (status, body) = post(&lab, &Faults::default(), None, &lead("ann")).await;
    assert!(status == 201 && body.contains("quarantined"), "{body}");
    lab
}

fn lead(source: &str) -> Value {
    json!({ "campid": "solar", "email": "ann@example.com", "source": source })
}

/// The lead that was put aside.
async fn anns(lab: &Lab) -> Lead {
    lab.leads().await.into_iter().find(|lead| lead.source.as_deref() == Some("ann")).unwrap()
}

/// The seller decides.
async fn decide(lab: &Lab, faults: &Faults, body: &Value) -> String {
    let id = anns(lab).await.id;
    by_hand(lab, faults, &format!("/v1/leads/{id}/release"), body).await
}

async fn at_rest(lab: &mut Lab) {
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.replay_everything().await;
}

async fn released(faults: Faults) {
    let mut lab = aside("reject").await;
    let said = json!({ "decision": "release" });
    let first = decide(&lab, &faults, &said).await;
    assert!(first.contains("approved"), "{first}");
    at_rest(&mut lab).await;
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Sold, vec![1]));
    assert_eq!(decide(&lab, &Faults::default(), &said).await, first);
    // It holds its claim.
    let (_, body) = post(&lab, &Faults::default(), None, &lead("bob")).await;
    assert!(body.contains("\"code\":-2"), "{body}");
}

#[tokio::test]
async fn a_lead_that_is_released_is_sold_once_and_claims_its_data_whatever_fails() {
    with_every_fault(released).await;
}

#[tokio::test]
async fn a_lead_that_is_released_survives_two_deaths() {
    with_a_second_kill_after_each_write(released).await;
}

async fn released_too_late(faults: Faults) {
    let mut lab = aside("reject").await;
    post(&lab, &Faults::default(), None, &lead("bob")).await;
    let said = json!({ "decision": "release" });
    let first = decide(&lab, &faults, &said).await;
    assert!(first.contains("\"code\":-2"), "{first}");
    at_rest(&mut lab).await;
    assert_eq!((only_approved(&lab).await.source.as_deref(), lab.requests()), (Some("bob"), vec![1]));
    assert_eq!(decide(&lab, &Faults::default(), &said).await, first);
}

#[tokio::test]
async fn a_lead_that_is_released_too_late_is_a_duplicate_whatever_fails() {
    with_every_fault(released_too_late).await;
}

async fn turned_away(faults: Faults) {
    let mut lab = aside("release").await;
    let said = json!({ "decision": "reject", "reason": "not reachable" });
    let first = decide(&lab, &faults, &said).await;
    at_rest(&mut lab).await;
    lab.wait(SignedDuration::from_hours(48));
    assert!(lab.sweep(&Faults::default()).await);
    assert!(matches!(anns(&lab).await.approval, Approval::Rejected { .. }));
    assert_eq!(decide(&lab, &Faults::default(), &said).await, first);
    let (status, body) = post(&lab, &Faults::default(), None, &lead("bob")).await;
    assert_eq!(status, 201, "it claims nothing: {body}");
}

#[tokio::test]
async fn a_lead_that_is_turned_away_stays_so_whatever_fails() {
    with_every_fault(turned_away).await;
}

async fn over(then: &str, faults: &Faults) -> Lab {
    let mut lab = aside(then).await;
    lab.wait(SignedDuration::from_hours(23));
    assert!(lab.sweep(&Faults::default()).await);
    assert!(matches!(anns(&lab).await.approval, Approval::Quarantined { .. }), "its time has not come");
    lab.wait(SignedDuration::from_hours(2));
    for _ in 0..2 {
        lab.sweep(faults).await;
        lab.wait(SignedDuration::from_mins(1));
    }
    at_rest(&mut lab).await;
    lab
}

async fn released_by_age(faults: Faults) {
    let lab = over("release", &faults).await;
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Sold, vec![1]));
}

#[tokio::test]
async fn a_lead_whose_time_is_over_is_released_and_sold_once_wherever_the_sweeper_fails() {
    with_every_fault(released_by_age).await;
}

async fn turned_away_by_age(faults: Faults) {
    let lab = over("reject", &faults).await;
    let lead = anns(&lab).await;
    assert!(matches!(lead.approval, Approval::Rejected { .. }), "{lead:#?}");
    assert_eq!((lead.watch_at(), lab.requests()), (None, vec![0]));
}

#[tokio::test]
async fn a_lead_whose_time_is_over_is_turned_away_wherever_the_sweeper_fails() {
    with_every_fault(turned_away_by_age).await;
}

#[tokio::test]
async fn a_lead_that_is_released_and_wanted_by_nobody_still_earns_nothing() {
    let changes = json!({
        "payout": { "mode": "system_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "quarantine": { "hours": 24, "then": "reject", "when_all_skipped": true },
    });
    let away = LabBuyer { more: json!({ "active": false }), ..buyer("1", []) };
    let mut lab = lab_with(changes, vec![away]).await;
    make_key(&lab, "seller", Principal::Seller).await;
    let quiet = Faults::default();
    let (_, body) = post(&lab, &quiet, None, &lead("ann")).await;
    assert!(body.contains("quarantined") && body.contains("Pending"), "{body}");
    let released = decide(&lab, &quiet, &json!({ "decision": "release" })).await;
    assert!(released.contains("quarantined"), "it is put aside again: {released}");
    assert_eq!(anns(&lab).await.earned_payout().unwrap().minor, 0);
    lab.wait(SignedDuration::from_hours(25));
    assert!(lab.sweep(&quiet).await);
    let lead = anns(&lab).await;
    assert!(matches!(lead.approval, Approval::Rejected { .. }), "{lead:#?}");
    assert_eq!(lead.earned_payout().unwrap().minor, 0);
}

#[tokio::test]
async fn a_supplier_earns_once_with_one_person_however_often_its_lead_is_put_aside_at_its_turn() {
    let changes = json!({
        "payout": { "mode": "system_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "quarantine": { "hours": 24, "then": "reject", "when_all_skipped": true },
    });
    let mut lab = lab_with(changes, vec![buyer("1", [])]).await;
    make_key(&lab, "seller", Principal::Seller).await;
    // That it has no credit left comes up only when it is asked.
    let credit = json!({ "kind": "prepaid", "currency": "GBP" });
    save::<Buyer>(&lab, json!({ "bid": "b1", "name": "b1", "credit": credit }), Some(1)).await;
    let quiet = Faults::default();
    post(&lab, &quiet, None, &lead("ann")).await;
    lab.drain(&quiet).await;
    assert!(matches!(anns(&lab).await.approval, Approval::Quarantined { .. }));
    let (_, body) = post(&lab, &quiet, None, &lead("bob")).await;
    assert!(body.contains("\"code\":-2"), "{body}");
    // Nor does the claim of its own stand in the way of its release.
    let released = decide(&lab, &quiet, &json!({ "decision": "release" })).await;
    assert!(released.contains("approved"), "{released}");
    lab.drain(&quiet).await;
    let earned: Vec<i64> = lab.leads().await.iter().map(|lead| lead.earned_payout().unwrap().minor).collect();
    assert_eq!(earned.iter().sum::<i64>(), 500, "{earned:?}");
}
