//! Deliveries that make no request to a buyer: handed over once, whatever fails.

use std::collections::BTreeSet;

use domain::{
    campaign::Campaign,
    delivery::Delivery,
    lead::{DeliveryState, Lead, SoldStatus},
    setup::Record,
    supplier::Supplier,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::Saved;
use tests::{Deployment, Fault, Faults, Lab, Reply, TestBuyer};

use super::{good_lead, lab, post, with_every_fault};

/// Saves a record, or the next version of one.
pub(super) async fn save<T: Record>(lab: &Lab, record: Value, replaces: Option<u64>) {
    let record: T = serde_json::from_value(record).unwrap();
    assert_eq!(record.check(), []);
    assert!(matches!(lab.tables.store().save(record, replaces).await.unwrap(), Saved::Done(_)));
}

/// A campaign that gives its leads to one delivery.
fn campaign(campid: &str, sid: &str, did: &str) -> Value {
    json!({
        "campid": campid, "name": campid, "country": "GB", "currency": "GBP",
        "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
        "dedupe": { "fields": ["email"], "window_days": 30 },
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": [sid], "distribution": [{ "mode": "all", "deliveries": [did] }],
    })
}

/// A lab whose campaign gives its leads to a delivery of this kind.
pub(super) async fn lab_with(did: &str, channel: Value) -> Lab {
    let lab = lab(1, Vec::new()).await;
    let delivery = json!({
        "did": did, "name": did, "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" },
        "channel": channel, "retry": { "delays_s": [0, 0, 0, 0] },
    });
    save::<Delivery>(&lab, delivery, None).await;
    save::<Campaign>(&lab, campaign("solar", "s1", did), Some(1)).await;
    lab
}

/// What became of a lead at its only delivery.
pub(super) fn state(lead: &Lead) -> &DeliveryState {
    assert_eq!(lead.deliveries.len(), 1, "{lead:#?}");
    &lead.deliveries.values().next().unwrap().state
}

async fn transferred(faults: Faults) {
    let endpoint = TestBuyer::answering([Reply::accept("B-1")]).await;
    let mut lab = lab_with("dt", json!({ "kind": "transfer", "campid": "boilers", "sid": "us" })).await;
    save::<Supplier>(&lab, json!({ "sid": "us", "name": "Us" }), None).await;
    let caps = json!([{ "per": "total", "count": 1 }]);
    let mut boilers = campaign("boilers", "us", "db");
    boilers["caps"] = caps;
    save::<Campaign>(&lab, boilers, None).await;
    save::<domain::buyer::Buyer>(&lab, json!({ "bid": "bb", "name": "B" }), None).await;
    let boilers = json!({
        "did": "db", "name": "B", "campid": "boilers", "bid": "bb", "price": { "amount": "9.00", "currency": "GBP" },
        "channel": {
            "kind": "http", "request": { "url": endpoint.url(), "fields": { "lead": "{{ lead.id }}" } },
            "answer": { "rules": [{ "then": "accepted", "json": { "pointer": "/status", "equals": "accepted" } }] },
        },
    });
    save::<Delivery>(&lab, boilers, None).await;

    post(&lab, &Faults::default(), None, &good_lead()).await;
    lab.drain(&faults).await;
    lab.verify().await;
    lab.replay_everything().await;

    let leads = lab.leads().await;
    let (own, others): (Vec<&Lead>, Vec<&Lead>) = leads.iter().partition(|lead| lead.campid.as_str() == "solar");
    assert_eq!((own.len(), others.len()), (1, 1), "one lead goes in and one comes out: {leads:#?}");
    let (own, other) = (own[0], others[0]);
    // Whoever comes after a worker that died finds what it did, so nobody is left in doubt.
    let sale = state(own).sale().unwrap_or_else(|| panic!("it is handed over: {own:#?}"));
    assert_eq!(sale.reference, Some(other.id.to_string()));
    assert_eq!(other.origin.as_ref().map(|origin| origin.lead), Some(own.id));
    let is_in_doubt = other.sold_status() == SoldStatus::Open && faults.are_deadly();
    assert!(other.sold_status() == SoldStatus::Sold || is_in_doubt, "{other:#?}");
    assert!(endpoint.requests().len() <= 1, "its buyer is asked once");
}

#[tokio::test]
async fn a_lead_is_transferred_once_whatever_fails() {
    with_every_fault(transferred).await;
}

#[tokio::test]
async fn a_lead_that_was_transferred_is_found_there_though_its_repeat_fails() {
    let quiet = Faults::default();
    transferred(quiet.clone()).await;
    let made = quiet.calls().iter().position(|call| call.ends_with(".TransactWriteItems")).unwrap();
    for failing in made + 1..made + 16 {
        // All tries of one call fail, on the way of whoever comes after the worker that died.
        let away = (failing..failing + 3).map(|call| (call, Fault::ServerError));
        transferred(Faults::at(away.chain([(made, Fault::KillAfter)]))).await;
    }
}

async fn passed_on(faults: Faults) {
    let receipt = r#"{"lead_id":"lead_theirs","status":"approved","code":1,"payout":"Pending"}"#;
    let other = TestBuyer::answering([Reply::new(201, receipt)]).await;
    let channel = json!({
        "kind": "l2l", "url": other.url(), "campid": "theirs", "key": "vk_k1_s",
        "feedback_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    });
    let mut lab = lab_with("dl", channel).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let mut messages = lab.messages().await;
    for _ in 0..20 {
        for message in std::mem::take(&mut messages) {
            if !lab.handle(&faults, &message).await {
                messages.push(message);
            }
        }
        lab.wait(SignedDuration::from_mins(3));
        assert!(lab.sweep(&Faults::default()).await);
        messages.extend(lab.messages().await);
    }
    let lead = lab.leads().await.remove(0);
    let DeliveryState::AwaitingFeedback { reference, .. } = state(&lead) else { panic!("it is taken: {lead:#?}") };
    assert_eq!(reference.as_deref(), Some("lead_theirs"));
    let keys: BTreeSet<String> =
        other.requests().iter().map(|request| request.headers["idempotency-key"].clone()).collect();
    let bodies: BTreeSet<String> = other.requests().into_iter().map(|request| request.body).collect();
    assert_eq!((keys.len(), bodies.len()), (1, 1), "however often it is posted, it is the same: {bodies:?}");
}

#[tokio::test]
async fn a_lead_is_passed_on_to_another_installation_as_one_and_the_same_whatever_fails() {
    with_every_fault(passed_on).await;
}

async fn mailed(faults: Faults) {
    let address = format!("desk-{}@buyer.example", lambda::new_lead_id().ulid().to_string().to_lowercase());
    let channel = json!({ "kind": "email", "to": [address], "subject": "A lead", "text": "{{ lead.email }}" });
    let mut lab = lab_with("de", channel).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    lab.drain(&faults).await;
    lab.verify().await;
    lab.replay_everything().await;

    let lead = lab.leads().await.remove(0);
    let mails = Deployment::get().await.mails_to(&address).await.len();
    if state(&lead).sale().is_some() {
        assert_eq!(mails, 1, "{lead:#?}");
    } else {
        // Nobody could tell two e-mails apart, so one that may be on its way is not sent again.
        let is_unknown = matches!(state(&lead), DeliveryState::Unknown { .. });
        assert!(is_unknown && mails <= 1 && !faults.is_quiet(), "{mails} mails: {lead:#?}");
    }
}

#[tokio::test]
async fn an_email_is_sent_once_at_most_and_its_delivery_says_so_whatever_fails() {
    with_every_fault(mailed).await;
}
