//! Messages of bulk jobs: ordered, and sent by workers that are killed or lied to at every call. Each person is written to at most once.

use axum::body::Body;
use bulk::worker::{Pace, take};
use domain::consent::Spoken;
use domain::{
    access::Principal,
    id::BulkJobId,
    lead::Channel,
    responder::{Count, Enrolment, EnrolmentState, Responder, StoppedFor},
};
use jiff::SignedDuration;
use lambda::http::Function;
use serde_json::{Value, json};
use store::{BulkMessage, Commit, ResponderJob};
use tests::{Faults, Lab, Reply, TestBuyer, identity};

use super::{
    answered, asking,
    booking::book,
    kinds::save,
    make_key, only_approved,
    responding::{added_up, enrolments, ready, responder, take as take_step},
    with_a_kill_after_each_write,
};

/// Rounds after which a message is called stuck; each is longer than the queue hides a message that somebody works on.
const MAX_ROUNDS: usize = 60;
const ROUND: SignedDuration = SignedDuration::from_secs(400);

/// A lab with a lead, and a responder whose gateway carries text messages; nobody joins that by itself.
async fn lab_of(gateway: &TestBuyer) -> Lab {
    let (lab, _) = ready("by_hand", gateway).await;
    make_key(&lab, "seller", Principal::Seller).await;
    lab
}

/// A message to all leads, quiet at a time that no history of a lab gets to.
async fn order(lab: &Lab) -> Value {
    let quiet = responder(lab, "by_hand", &TestBuyer::answering([Reply::new(200, "")]).await)["quiet"].clone();
    let params = json!({
        "campid": "solar", "channel": "sms", "text": "Come round! {{ unsubscribe_url }}", "gateway": "welcome", "quiet": quiet,
    });
    json!({ "action": "send_message", "params": params, "search": { "campid": ["solar"] } })
}

async fn ordered(lab: &Lab, faults: &Faults, order: &Value) -> BulkJobId {
    let function = async || lab.bulk(faults).await.router();
    let request =
        || asking("seller", "/v1/bulk").header("idempotency-key", "one").body(Body::from(order.to_string())).unwrap();
    let (status, text) = answered(faults, function, request).await;
    assert_eq!(status, 202, "{text}");
    let view: Value = serde_json::from_str(&text).unwrap();
    view["job_id"].as_str().unwrap().parse().unwrap()
}

async fn turn(lab: &Lab, faults: &Faults, message: BulkMessage) -> bool {
    let app = lab.bulk_worker(faults).await;
    matches!(faults.run(take(&app, message, lab.now(), Pace::default())).await, Some(Ok(())))
}

/// Gives both workers what they are asked for, everything twice and what failed again, until all messages are over. Returns the steps that
/// were asked for.
async fn work(lab: &mut Lab, faults: &Faults) -> Vec<ResponderJob> {
    let (quiet, mut orders, mut steps, mut seen) = (lab.tables.store(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MAX_ROUNDS {
        orders.extend(lab.bulk_messages().await);
        for message in std::mem::take(&mut orders) {
            if !turn(lab, faults, message).await {
                orders.push(message);
            }
        }
        book(lab, faults, &lab.tables.lead_changes()).await;
        steps.extend(lab.responder_messages().await);
        steps.extend(quiet.due_enrolments(lab.now(), 100).await.unwrap());
        for step in std::mem::take(&mut steps) {
            for _ in 0..2 {
                if !take_step(lab, faults, &step).await {
                    steps.push(step.clone());
                }
            }
            seen.push(step);
        }
        let enrolments = enrolments(lab).await;
        let is_over = !enrolments.is_empty() && enrolments.iter().all(|one| !one.is_active());
        if is_over && orders.is_empty() && steps.is_empty() {
            return seen;
        }
        lab.wait(ROUND);
    }
    panic!("not over in {MAX_ROUNDS} rounds: {:#?}", enrolments(lab).await);
}

async fn sent_once(faults: Faults) {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let mut lab = lab_of(&gateway).await;
    let order = order(&lab).await;
    let job = ordered(&lab, &faults, &order).await;
    let steps = work(&mut lab, &faults).await;
    let lead = only_approved(&lab).await;
    assert_eq!(lead.joined.iter().map(|one| one.rid.job()).collect::<Vec<_>>(), [Some(job)]);
    let over = enrolments(&lab).await;
    assert_eq!((over.len(), over[0].rid.job(), over[0].state.word()), (1, Some(job), "finished"), "{over:#?}");
    match over[0].done[0].fate.word() {
        "sent" => assert_eq!(gateway.requests().len(), 1, "{over:#?}"),
        "unknown" => assert!(gateway.requests().len() <= 1 && !faults.is_quiet(), "{over:#?}"),
        other => panic!("{other}: {over:#?}"),
    }
    let numbers = lab.tables.store().responder_numbers(&job.into()).await.unwrap();
    assert_eq!(numbers.iter().collect::<std::collections::BTreeMap<_, _>>(), added_up(&over));

    // Everything once more.
    let (quiet, requests) = (Faults::default(), gateway.requests().len());
    assert_eq!(ordered(&lab, &quiet, &order).await, job);
    assert!(turn(&lab, &quiet, BulkMessage { job }).await);
    book(&lab, &quiet, &lab.tables.lead_changes()).await;
    for step in lab.responder_messages().await.iter().chain(&steps) {
        assert!(take_step(&lab, &quiet, step).await);
    }
    assert_eq!((enrolments(&lab).await, only_approved(&lab).await), (over, lead), "nothing is done twice");
    assert_eq!(gateway.requests().len(), requests);
}

#[tokio::test]
async fn each_person_gets_the_message_of_a_job_at_most_once_wherever_who_is_at_it_dies() {
    with_a_kill_after_each_write(sent_once).await;
}

/// A lead that the worker of the job is through with, and nothing is sent to yet.
async fn about_to_be_sent(gateway: &TestBuyer) -> (Lab, BulkJobId) {
    let (lab, quiet) = (lab_of(gateway).await, Faults::default());
    let job = ordered(&lab, &quiet, &order(&lab).await).await;
    for message in lab.bulk_messages().await {
        assert!(turn(&lab, &quiet, message).await);
    }
    assert_eq!(only_approved(&lab).await.joined.len(), 1);
    (lab, job)
}

/// Why the only message was stopped.
async fn stopped_for(lab: &mut Lab) -> StoppedFor {
    work(lab, &Faults::default()).await;
    let over: Vec<Enrolment> = enrolments(lab).await;
    let EnrolmentState::Stopped { reason, .. } = over[0].state else { panic!("{over:#?}") };
    let numbers = lab.tables.store().responder_numbers(&over[0].rid).await.unwrap();
    assert_eq!((over.len(), numbers.of(Count::Stopped(reason))), (1, 1));
    reason
}

#[tokio::test]
async fn who_unsubscribes_after_the_order_is_not_written_to_nor_is_anybody_once_it_is_called_off() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = about_to_be_sent(&gateway).await;
    let lead = only_approved(&lab).await;
    let silent = lead.on_consent_said(&Channel::ALL, false, &Spoken::default(), lab.now()).unwrap();
    assert!(matches!(lab.tables.store().commit(&lead, &silent, &identity()).await.unwrap(), Commit::Done(_)));
    assert_eq!(stopped_for(&mut lab).await, StoppedFor::Unsubscribed);

    let (mut lab, job) = about_to_be_sent(&gateway).await;
    lab.tables.store().cancel_bulk_job(job, lab.now()).await.unwrap();
    assert_eq!(stopped_for(&mut lab).await, StoppedFor::Inactive);

    let (mut lab, _) = about_to_be_sent(&gateway).await;
    let lead = only_approved(&lab).await;
    let gone = lead.on_deleted(lab.now()).unwrap();
    assert!(matches!(
        lab.tables.store().commit_deletion(&lead, gone, None, &identity()).await.unwrap(),
        Commit::Done(_)
    ));
    assert_eq!(stopped_for(&mut lab).await, StoppedFor::Deleted);
    assert_eq!(gateway.requests().len(), 0);
}

#[tokio::test]
async fn a_message_goes_by_the_gateway_of_its_responder_as_that_is_when_it_is_sent() {
    let (before, after) =
        (TestBuyer::answering([Reply::new(200, "")]).await, TestBuyer::answering([Reply::new(200, "")]).await);
    let (mut lab, job) = about_to_be_sent(&before).await;
    save::<Responder>(&lab, responder(&lab, "by_hand", &after), Some(1)).await;
    work(&mut lab, &Faults::default()).await;
    let requests = after.requests();
    assert_eq!((before.requests().len(), requests.len()), (0, 1));
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert!(body["text"].as_str().unwrap().starts_with("Come round! https://leads.example/v1/unsubscribe/"), "{body}");
    let lead = only_approved(&lab).await.id;
    assert_eq!(requests[0].headers["idempotency-key"], format!("{lead}-{job}-1-0"));
}
