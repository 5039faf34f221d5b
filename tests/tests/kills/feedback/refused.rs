//! Returns that are refused after the seller was asked: told to who asked for them, and heard there, once.

use domain::{campaign::Campaign, delivery::Delivery, id::DeliveryRef};

use super::*;
use crate::kills::booking::book;

/// What the other installation calls the lead.
const THEIRS: &str = "lead_01JD3R00000000000000000009";

fn dl() -> DeliveryRef {
    "dl".parse().unwrap()
}

/// A lab whose lead went to another installation, which has sold it and asked for its return, and whose seller has refused that.
async fn refused_return(other: &TestBuyer) -> (Lab, LeadId) {
    let lab = lab(1, Vec::new()).await;
    let quiet = Faults::default();
    let terms = json!({ "window_days": 30, "approval": true });
    save::<Buyer>(&lab, json!({ "bid": "bl", "name": "Other", "returns": terms }), None).await;
    let delivery = json!({
        "did": "dl", "name": "Other", "campid": "solar", "bid": "bl", "price": { "amount": "4.00", "currency": "GBP" },
        "channel": { "kind": "l2l", "url": other.url(), "campid": "theirs", "key": "vk_k1_s", "feedback_secret": SECRET },
    });
    save::<Delivery>(&lab, delivery, None).await;
    let campaign = lab.tables.store().record::<Campaign>("solar").await.unwrap().unwrap();
    let mut changed = serde_json::to_value(&campaign.record).unwrap();
    changed["distribution"] = json!([{ "mode": "all", "deliveries": ["dl"] }]);
    save::<Campaign>(&lab, changed, Some(campaign.version)).await;
    post(&lab, &quiet, None, &good_lead()).await;
    let mut lab = lab;
    for message in lab.messages().await {
        assert!(lab.handle(&quiet, &message).await);
    }
    let lead = only_approved(&lab).await;
    let theirs = json!({ "reference": THEIRS });
    let sold = say_by("?did=dl", &lab, &quiet, "e1", &event(&lead, "sold", &theirs)).await;
    assert_eq!(sold["result"], "applied");
    let asked = json!({ "reference": THEIRS, "code": "DUPE" });
    let asked = say_by("?did=dl", &lab, &quiet, "e2", &event(&lead, "returned", &asked)).await;
    assert_eq!(asked["result"], "requested", "{asked}");
    let requested = only_approved(&lab).await;
    let refused = requested.on_return_refused(&dl(), "We have the call on tape.", lab.now()).unwrap();
    lab.tables.store().commit(&requested, &refused, &identity()).await.unwrap();
    (lab, lead.id)
}

async fn refused(faults: Faults) {
    let receipt = json!({ "lead_id": THEIRS, "status": "approved", "code": 1, "payout": "Pending" }).to_string();
    let noted = Reply::new(200, r#"{"result":"noted"}"#);
    let other = TestBuyer::answering([Reply::new(201, &receipt), Reply::new(503, ""), noted]).await;
    let (mut lab, lead) = refused_return(&other).await;
    let changes = lab.tables.lead_changes();
    book(&lab, &faults, &changes[changes.len() - 1..]).await;
    let asked = FeedbackJob { lead, did: Some(dl()) };
    let messages = lab.feedback_messages().await;
    assert!(!messages.is_empty() && messages.iter().all(|message| *message == asked), "{messages:?}");
    work(&mut lab, &faults, &asked).await;

    let told = told(&other);
    assert_eq!(told.len(), 1, "one event under one id, however often: {told:?}");
    let body: Value = serde_json::from_str(&told.first().unwrap().1).unwrap();
    assert_eq!(body["event"], "return_refused");
    assert_eq!((&body["lead_ref"], &body["reference"]), (&json!(THEIRS), &json!(lead.to_string())));
    assert_eq!((&body["code"], &body["reason"]), (&json!("refused"), &json!("We have the call on tape.")));
    let telling = lab.tables.store().telling(lead, Some(&dl())).await.unwrap().unwrap();
    assert_eq!(telling.answer.as_deref(), Some("noted"));
    assert_eq!(lab.tables.store().telling(lead, None).await.unwrap(), None, "nobody sent it who wants to hear");
    let requests = other.requests().len();
    work(&mut lab, &Faults::default(), &asked).await;
    assert_eq!(other.requests().len(), requests, "it knows by now");
}

#[tokio::test]
async fn who_asked_for_a_return_is_told_of_its_refusal_under_one_id_whatever_fails() {
    with_every_fault(refused).await;
}

async fn heard(faults: Faults) {
    let upstream = TestBuyer::answering([Reply::new(200, r#"{"result":"applied"}"#)]).await;
    let (lab, lead) = to_tell(&upstream).await;
    let sold = only_approved(&lab).await;
    let d1 = "d1".parse().unwrap();
    let asked = sold.on_return_requested(&d1, ReturnRequest::because("DUPE"), lab.now()).unwrap();
    let back = asked.on_return_approved(&d1, true, lab.now()).unwrap();
    lab.tables.store().commit(&sold, &back, &identity()).await.unwrap();
    let refusal = json!({
        "lead_ref": lead.to_string(), "event": "return_refused", "code": "refused", "reason": "We have the call on tape.",
    });
    let answer = say_by("", &lab, &faults, "r1", &refusal).await;
    assert_eq!(answer["result"], "noted", "{answer}");
    let store = lab.tables.store();
    let said = store.whole_lead(lead).await.unwrap().unwrap().said;
    assert_eq!(said.len(), 1);
    assert_eq!(
        (said[0].code.as_deref(), said[0].reason.as_deref()),
        (Some("refused"), Some("We have the call on tape."))
    );
    let notices = store.notices(lambda::now(), 10, None, None).await.unwrap().unwrap().items;
    assert_eq!(notices.len(), 1, "its seller is told once: {notices:?}");
    assert_eq!(say_by("", &lab, &Faults::default(), "r1", &refusal).await["replayed"], true);
}

#[tokio::test]
async fn a_refusal_that_is_heard_is_kept_once_and_told_to_the_seller_once_whatever_fails() {
    with_every_fault(heard).await;
}
