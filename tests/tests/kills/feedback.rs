//! What others say of leads, and what they are told, with every fault at every call: applied once, told in order.

mod deleted;
mod followed_up;
mod refused;

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use dispatch::webhook::Webhook;
use domain::{
    access::Principal,
    buyer::Buyer,
    feedback::{EventKind, TellingState},
    id::LeadId,
    lead::{Lead, ReturnRequest, SoldStatus},
    notice::NoticeKind,
};
use jiff::SignedDuration;
use lambda::http::Function;
use serde_json::{Value, json};
use store::{FeedbackJob, WebhookSecret};
use tests::{Faults, Lab, Reply, TestBuyer, identity};

use super::{answered, buyer, delivering::change, good_lead, kinds::save, lab, only_approved, post, with_every_fault};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a buyer answers that buys the lead in the end, and one that does not.
const BUYS: &str = r#"to be "accepted""#;
const DOES_NOT: &str = "to be refused";

/// A lab with a lead that its first buyer has taken, and will say more of.
async fn awaiting(answer: &str) -> (Lab, Lead) {
    let pending = json!({ "then": "awaiting_feedback", "status": ["202"] });
    let mut lab = lab(1, vec![buyer("1", [Reply::new(202, answer)]), buyer("2", [Reply::accept("B-2")])]).await;
    change(&lab, "/channel/answer/rules/1", pending).await;
    let at_once = json!({ "bid": "b1", "name": "1", "returns": { "window_days": 30 } });
    save::<Buyer>(&lab, at_once, Some(1)).await;
    signing(&lab, Principal::Buyer { bid: "b1".parse().unwrap() }).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    for message in lab.messages().await {
        assert!(lab.handle(&Faults::default(), &message).await);
    }
    let lead = only_approved(&lab).await;
    assert_eq!(lead.deliveries[&"d1".parse().unwrap()].state.word(), "awaiting_feedback");
    (lab, lead)
}

async fn signing(lab: &Lab, who: Principal) {
    let secret = WebhookSecret::new(SECRET.to_owned());
    lab.tables.store().rotate_webhook_secret(&who, &secret, lab.now()).await.unwrap();
}

/// The first buyer says something, as often as it takes to be heard.
async fn say(lab: &Lab, faults: &Faults, id: &str, event: &Value) -> Value {
    say_by("?did=d1", lab, faults, id, event).await
}

/// Who got a lead by a delivery says something, or, without one, who sent it.
async fn say_by(query: &str, lab: &Lab, faults: &Faults, id: &str, event: &Value) -> Value {
    let (url, body) = ("https://x.example/".parse().unwrap(), event.to_string());
    let secrets = [WebhookSecret::new(SECRET.to_owned())];
    let request = || {
        let webhook = Webhook { url: &url, id, now: lambda::now(), body: &body };
        let signed = webhook.signed(&secrets).unwrap().unwrap();
        let mut request = Request::post(format!("/v1/feedback{query}"));
        for (name, value) in &signed.headers {
            request = request.header(name.as_str(), value.as_bytes());
        }
        request.body(Body::from(signed.body)).unwrap()
    };
    let (status, text) = answered(faults, async || lab.feedback(faults).await.router(), request).await;
    assert_eq!(status.as_u16(), 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn event(lead: &Lead, word: &str, more: &Value) -> Value {
    let mut event = json!({ "lead_ref": lead.id.to_string(), "event": word });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

async fn sold(faults: Faults) {
    let (mut lab, lead) = awaiting(BUYS).await;
    let said = event(&lead, "sold", &json!({ "revenue": { "amount": "12.50", "currency": "GBP" } }));
    let first = say(&lab, &faults, "e1", &said).await;
    assert!(["applied", "already"].contains(&first["result"].as_str().unwrap()), "{first}");
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.replay_everything().await;
    let booked = only_approved(&lab).await;
    assert_eq!((booked.revenue().unwrap().amount(), lab.requests()), ("12.50".to_owned(), vec![1, 0]));
    assert_eq!(say(&lab, &Faults::default(), "e1", &said).await["result"], first["result"], "as it was answered");
    assert_eq!(only_approved(&lab).await, booked, "said once more, it changes nothing");
}

#[tokio::test]
async fn a_sale_that_is_told_is_booked_once_whatever_fails() {
    with_every_fault(sold).await;
}

async fn unsold(faults: Faults) {
    let (mut lab, lead) = awaiting(DOES_NOT).await;
    let said = event(&lead, "unsold", &json!({ "code": "DUPE" }));
    say(&lab, &faults, "e1", &said).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.replay_everything().await;
    let sold = only_approved(&lab).await;
    assert_eq!((sold.sold_status(), lab.requests()), (SoldStatus::Sold, vec![1, 1]), "the next in line has it");
    say(&lab, &Faults::default(), "e1", &said).await;
    assert_eq!(only_approved(&lab).await, sold);
}

#[tokio::test]
async fn a_lead_that_is_told_to_be_unsold_goes_to_the_next_in_line_once_whatever_fails() {
    with_every_fault(unsold).await;
}

async fn returned(faults: Faults) {
    let (mut lab, lead) = awaiting(BUYS).await;
    say(&lab, &Faults::default(), "e1", &event(&lead, "sold", &json!({}))).await;
    let said = event(&lead, "returned", &json!({ "code": "DUPE" }));
    let first = say(&lab, &faults, "e2", &said).await;
    assert_eq!(first["result"], "returned", "{first}");
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    let back = only_approved(&lab).await;
    assert_eq!((back.sold_status(), back.sales().count()), (SoldStatus::Returned, 1));
    assert_eq!(say(&lab, &Faults::default(), "e2", &said).await["result"], "returned");
    assert_eq!(only_approved(&lab).await, back, "once");
}

#[tokio::test]
async fn a_return_that_is_told_takes_the_sale_back_once_whatever_fails() {
    with_every_fault(returned).await;
}

/// A lab with a sold lead, whose supplier wants to hear of it there.
async fn to_tell(upstream: &TestBuyer) -> (Lab, LeadId) {
    to_tell_of(upstream, Reply::accept("B-1")).await
}

/// The same, with a lead of which its only buyer has said this.
async fn to_tell_of(upstream: &TestBuyer, answer: Reply) -> (Lab, LeadId) {
    let mut lab = lab(1, vec![buyer("1", [answer])]).await;
    signing(&lab, Principal::Supplier { sid: "s1".parse().unwrap() }).await;
    let mut lead = good_lead();
    let wants = json!({ "feedback_url": upstream.url(), "feedback_ref": "theirs-7" });
    lead.as_object_mut().unwrap().extend(wants.as_object().unwrap().clone());
    post(&lab, &Faults::default(), None, &lead).await;
    lab.drain(&Faults::default()).await;
    let id = only_approved(&lab).await.id;
    (lab, id)
}

/// What asks for who sent a lead to be told.
fn upwards(lead: LeadId) -> FeedbackJob {
    FeedbackJob { lead, did: None }
}

/// Lets messages, the worker and the sweeper do their work, until what is asked for is told.
async fn work(lab: &mut Lab, faults: &Faults, asked: &FeedbackJob) {
    let mut open = vec![asked.clone()];
    for _ in 0..40 {
        for job in std::mem::take(&mut open) {
            let app = lab.feedback_worker(faults).await;
            if !matches!(faults.run(feedback::worker::take(&app, job.clone(), lab.now())).await, Some(Ok(()))) {
                open.push(job);
            }
        }
        let telling = lab.tables.store().telling(asked.lead, asked.did.as_ref()).await.unwrap();
        if open.is_empty() && telling.is_some_and(|telling| telling.state == TellingState::Idle) {
            return;
        }
        lab.wait(SignedDuration::from_mins(2));
        assert!(lab.sweep(&Faults::default()).await);
        open.extend(lab.feedback_messages().await);
    }
    panic!("nobody was told: {:?}", lab.tables.store().telling(asked.lead, asked.did.as_ref()).await);
}

/// All that was told, each by its id and body once.
fn told(upstream: &TestBuyer) -> BTreeSet<(String, String)> {
    // The lead itself is posted without one.
    let requests = upstream.requests().into_iter().filter(|request| request.headers.contains_key("webhook-id"));
    requests.map(|request| (request.headers["webhook-id"].clone(), request.body)).collect()
}

async fn told_to_who_sent_it(faults: Faults) {
    let upstream = TestBuyer::answering([Reply::new(503, ""), Reply::new(200, r#"{"result":"applied"}"#)]).await;
    let (mut lab, lead) = to_tell(&upstream).await;
    work(&mut lab, &faults, &upwards(lead)).await;
    let told = told(&upstream);
    assert_eq!(told.len(), 1, "one event under one id, however often: {told:?}");
    let body: Value = serde_json::from_str(&told.first().unwrap().1).unwrap();
    assert_eq!((&body["lead_ref"], &body["event"]), (&json!("theirs-7"), &json!("sold")));
    assert_eq!(body["revenue"], json!({ "amount": "5.00", "currency": "GBP" }), "what its supplier earns");
    let telling = lab.tables.store().telling(lead, None).await.unwrap().unwrap();
    assert_eq!((telling.told.unwrap().kind(), telling.answer.as_deref()), (EventKind::Sold, Some("applied")));
    let requests = upstream.requests().len();
    work(&mut lab, &Faults::default(), &upwards(lead)).await;
    assert_eq!(upstream.requests().len(), requests, "it knows by now");
}

#[tokio::test]
async fn who_sent_a_lead_is_told_of_its_sale_under_one_id_whatever_fails() {
    with_every_fault(told_to_who_sent_it).await;
}

async fn told_that_it_is_unsold(faults: Faults) {
    let upstream = TestBuyer::answering([Reply::new(200, r#"{"result":"applied"}"#)]).await;
    let (mut lab, lead) = to_tell_of(&upstream, Reply::reject("We have it")).await;
    work(&mut lab, &faults, &upwards(lead)).await;
    let told = told(&upstream);
    assert_eq!(told.len(), 1, "{told:?}");
    let body: Value = serde_json::from_str(&told.first().unwrap().1).unwrap();
    assert_eq!((&body["event"], &body["revenue"]), (&json!("unsold"), &Value::Null), "{body}");
}

#[tokio::test]
async fn who_sent_a_lead_is_told_once_that_nobody_bought_it_whatever_fails() {
    with_every_fault(told_that_it_is_unsold).await;
}

async fn told_that_it_came_back(faults: Faults) {
    let refusing = r#"{"result":"window_expired","detail":"It was sold long ago."}"#;
    let upstream = TestBuyer::answering([Reply::new(200, r#"{"result":"applied"}"#), Reply::new(200, refusing)]).await;
    let (mut lab, lead) = to_tell(&upstream).await;
    work(&mut lab, &Faults::default(), &upwards(lead)).await;
    let (store, sold) = (lab.tables.store(), only_approved(&lab).await);
    let did = "d1".parse().unwrap();
    let asked = sold.on_return_requested(&did, ReturnRequest::because("DUPE"), lab.now()).unwrap();
    let back = asked.on_return_approved(&did, true, lab.now()).unwrap();
    store.commit(&sold, &back, &identity()).await.unwrap();
    work(&mut lab, &faults, &upwards(lead)).await;
    let events: BTreeSet<String> = told(&upstream).into_iter().map(|(_, body)| body).collect();
    let word = |body: &String| serde_json::from_str::<Value>(body).unwrap()["event"].as_str().unwrap().to_owned();
    let words: Vec<String> = events.iter().map(word).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!((events.len(), words), (2, vec!["returned".to_owned(), "sold".to_owned()]), "{events:?}");
    let telling = store.telling(lead, None).await.unwrap().unwrap();
    assert_eq!(
        (telling.answer.as_deref(), telling.detail.as_deref()),
        (Some("window_expired"), Some("It was sold long ago."))
    );
    let notices = store.notices(lab.now(), 10, None, None).await.unwrap().unwrap().items;
    let of_lead = notices.iter().filter(|notice| notice.kind == NoticeKind::FeedbackNotTaken).count();
    assert_eq!(of_lead, 1, "its seller is told once: {notices:?}");
}

#[tokio::test]
async fn who_sent_a_lead_is_told_once_that_it_came_back_and_its_refusal_is_noted_whatever_fails() {
    with_every_fault(told_that_it_came_back).await;
}

#[tokio::test]
async fn a_worker_that_dies_while_the_other_side_has_its_event_leaves_it_to_be_told_again_as_the_same() {
    let dying = Faults::default();
    let slow = Reply::new(200, "{}").after(std::time::Duration::from_secs(60)).killing(&dying);
    let upstream = TestBuyer::answering([slow, Reply::new(200, "{}")]).await;
    let (mut lab, lead) = to_tell(&upstream).await;
    let app = lab.feedback_worker(&dying).await;
    assert!(dying.run(feedback::worker::take(&app, upwards(lead), lab.now())).await.is_none(), "it dies");
    work(&mut lab, &Faults::default(), &upwards(lead)).await;
    assert_eq!((upstream.requests().len(), told(&upstream).len()), (2, 1));
}
