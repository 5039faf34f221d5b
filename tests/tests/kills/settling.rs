//! The seller settles what nobody knows, and the function dies anywhere: settled once, as it was said, and sold once.

use std::time::Duration;

use domain::{
    access::Principal,
    lead::{DeliveryState, SoldStatus},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::NoticeKind;
use tests::{Faults, Lab, Reply};

use super::{buyer, by_hand, delivering::change, good_lead, lab, make_key, only_approved, post, with_every_fault};

/// A worker that has not written its outcome by then is gone.
const PAST_ITS_LEASE: SignedDuration = SignedDuration::from_mins(1);

/// A lab with a lead whose first buyer had its request when the worker died, and would have answered so.
async fn unknown(answer: Reply) -> Lab {
    let dying = Faults::default();
    let first = buyer("1", [answer.after(Duration::from_secs(60)).killing(&dying)]);
    let mut lab = lab(1, vec![first, buyer("2", [Reply::accept("B-2")])]).await;
    make_key(&lab, "seller", Principal::Seller).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let messages = lab.messages().await;
    assert!(!lab.handle(&dying, &messages[0]).await, "the worker dies");
    lab.wait(PAST_ITS_LEASE);
    assert!(lab.handle(&Faults::default(), &messages[0]).await, "the next one finds that nobody knows");
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Open, vec![1, 0]));
    lab
}

/// The seller says it.
async fn settle(lab: &Lab, faults: &Faults, body: &Value) -> String {
    let id = only_approved(lab).await.id;
    by_hand(lab, faults, &format!("/v1/leads/{id}/deliveries/d1/settle"), body).await
}

async fn unsold(faults: Faults) {
    let mut lab = unknown(Reply::reject("no")).await;
    let said = json!({ "outcome": "unsold", "reason": "not there" });
    let first = settle(&lab, &faults, &said).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.replay_everything().await;
    let lead = only_approved(&lab).await;
    let state = &lead.deliveries[&"d1".parse().unwrap()].state;
    assert_eq!(*state, DeliveryState::Rejected { reason: "not there".to_owned() });
    assert_eq!((lead.standing_sales().count(), lab.requests()), (1, vec![1, 1]), "{lead:#?}");
    assert_eq!(settle(&lab, &Faults::default(), &said).await, first);
    assert_eq!(only_approved(&lab).await, lead, "said once more, it changes nothing");
}

#[tokio::test]
async fn a_delivery_settled_as_unsold_goes_to_the_next_in_line_once_whatever_fails() {
    with_every_fault(unsold).await;
}

async fn sold(faults: Faults) {
    let mut lab = unknown(Reply::accept("B-1")).await;
    let said = json!({ "outcome": "sold" });
    let first = settle(&lab, &faults, &said).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.replay_everything().await;
    let lead = only_approved(&lab).await;
    assert_eq!(lead.revenue().unwrap().amount(), "12.50");
    assert_eq!((lead.standing_sales().count(), lab.requests()), (1, vec![1, 0]), "{lead:#?}");
    assert_eq!(settle(&lab, &Faults::default(), &said).await, first);
}

#[tokio::test]
async fn a_delivery_settled_as_sold_is_sold_once_and_to_nobody_else_whatever_fails() {
    with_every_fault(sold).await;
}

/// Nobody says anything, and the deadline passes.
async fn overdue(faults: Faults) {
    let mut lab = unknown(Reply::reject("no")).await;
    lab.wait(SignedDuration::from_hours(24));
    lab.drain(&faults).await;
    lab.verify().await;
    let lead = only_approved(&lab).await;
    let state = &lead.deliveries[&"d1".parse().unwrap()].state;
    assert!(state.decision_needed_since().is_some(), "{state:?}");
    let notices = lab.tables.store().notices(lab.now(), 10, None, None).await.unwrap().unwrap().items;
    let about: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.lead_id)).collect();
    assert_eq!(about, [(NoticeKind::DecisionNeeded, Some(lead.id))]);
}

#[tokio::test]
async fn the_seller_is_told_once_that_a_decision_is_needed_whatever_fails() {
    with_every_fault(overdue).await;
}

#[tokio::test]
async fn a_buyer_that_says_by_phone_that_it_buys_what_it_has_taken_has_bought_it() {
    let pending = json!({ "then": "awaiting_feedback", "status": ["202"] });
    let mut lab = lab(1, vec![buyer("1", [Reply::new(202, "later")]), buyer("2", [Reply::accept("B-2")])]).await;
    change(&lab, "/channel/answer/rules/1", pending).await;
    make_key(&lab, "seller", Principal::Seller).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let messages = lab.messages().await;
    assert!(lab.handle(&Faults::default(), &messages[0]).await);
    let state = only_approved(&lab).await.deliveries[&"d1".parse().unwrap()].state.clone();
    assert_eq!(state.word(), "awaiting_feedback");
    settle(&lab, &Faults::default(), &json!({ "outcome": "sold" })).await;
    lab.wait(SignedDuration::from_hours(73));
    lab.drain(&Faults::default()).await;
    let lead = only_approved(&lab).await;
    assert_eq!((lead.revenue().unwrap().amount(), lab.requests()), ("12.50".to_owned(), vec![1, 0]));
}
