//! The seller settles what nobody knows, and the function dies anywhere: settled once, as it was said, and sold once.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use delivery::api::{App, router};
use domain::{
    access::{Key, Principal},
    lead::{DeliveryState, SoldStatus},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{DeadLetters, NoticeKind};
use tests::{Deployment, Faults, Lab, Reply};
use tower::ServiceExt;

use super::{SECRET, buyer, good_lead, lab, only_approved, post, with_every_fault};

/// A worker that has not written its outcome by then is gone.
const PAST_ITS_LEASE: SignedDuration = SignedDuration::from_mins(1);

/// A lab with a lead whose first buyer had its request when the worker died, and would have answered so.
async fn unknown(answer: Reply) -> Lab {
    let dying = Faults::default();
    let first = buyer("1", [answer.after(Duration::from_secs(60)).killing(&dying)]);
    let mut lab = lab(1, vec![first, buyer("2", [Reply::accept("B-2")])]).await;
    let key = Key {
        id: "seller".parse().unwrap(),
        principal: Principal::Seller,
        label: "lab".to_owned(),
        secret_sha256: lambda::auth::secret_sha256(SECRET),
        created: lab.now(),
        revoked: None,
    };
    lab.tables.store().make_key(&key).await.unwrap();
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let messages = lab.messages().await;
    assert!(!lab.handle(&dying, &messages[0]).await, "the worker dies");
    lab.wait(PAST_ITS_LEASE);
    assert!(lab.handle(&Faults::default(), &messages[0]).await, "the next one finds that nobody knows");
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Open, vec![1, 0]));
    lab
}

/// Says it, as often as it takes to get an answer.
async fn settle(lab: &Lab, faults: &Faults, body: &Value) -> String {
    let lead = only_approved(lab).await;
    for _ in 0..10 {
        let dead_letters = DeadLetters::new(Deployment::get().await.sqs(), String::new());
        let app = App { dispatcher: lab.worker(faults).await, dead_letters };
        let request = Request::post(format!("/v1/leads/{}/deliveries/d1/settle", lead.id))
            .header("authorization", format!("Bearer vk_seller_{SECRET}"))
            .header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        let Some(answer) = faults.run(router(app).oneshot(request)).await else { continue };
        let answer = answer.unwrap();
        if answer.status().is_server_error() {
            continue;
        }
        let status = answer.status();
        let text = String::from_utf8(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
        assert_eq!(status, 200, "{text}");
        return text;
    }
    panic!("no answer in ten tries");
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
    assert!(matches!(state, DeliveryState::Unknown { decision_needed: true, .. }), "{state:?}");
    let notices = lab.tables.store().notices(lab.now(), 10, None).await.unwrap().unwrap().items;
    let about: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.lead_id)).collect();
    assert_eq!(about, [(NoticeKind::DecisionNeeded, Some(lead.id))]);
}

#[tokio::test]
async fn the_seller_is_told_once_that_a_decision_is_needed_whatever_fails() {
    with_every_fault(overdue).await;
}
