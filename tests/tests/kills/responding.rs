//! Responders: whatever fails and whatever comes twice, each step is sent at most once, and the numbers say what became of it.

mod one_click;
mod unreadable;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    bulk::{Action, JoinResponder, Ordered},
    consent::Spoken,
    id::{BulkJobId, KeyId, LeadId},
    lead::{Actor, Channel, Lead},
    responder::{Count, Enrolment, EnrolmentState, Fate, Responder, StoppedFor, counts},
};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use store::{Commit, ResponderJob, keys};
use tests::{Deployment, Faults, Lab, Reply, TestBuyer, identity};
use ulid::Ulid;

use super::{
    booking::book, kinds::save, lab_with, only_approved, post, with_a_second_kill_after_each_write, with_every_fault,
};

/// Rounds of ten minutes after which an enrolment is called stuck.
const MAX_ROUNDS: usize = 80;

/// A lab with a responder that leads join as it says, a gateway that answers this, and a lead; and the address of that.
pub(super) async fn ready(join: &str, gateway: &TestBuyer) -> (Lab, String) {
    let fields = json!([
        { "name": "email", "kind": { "type": "email" }, "required": true },
        { "name": "phone1", "kind": { "type": "phone" } },
    ]);
    let lab = lab_with(json!({ "fields": fields }), Vec::new()).await;
    save::<Responder>(&lab, responder(&lab, join, gateway), None).await;
    let address = format!("ann-{}@example.com", lambda::new_lead_id().ulid().to_string().to_lowercase());
    let lead = json!({ "campid": "solar", "email": address, "phone1": "020 7946 0018" });
    let (status, text) = post(&lab, &Faults::default(), None, &lead).await;
    assert_eq!(status, 201, "{text}");
    (lab, address)
}

/// Quiet at a time that no history of a lab gets to.
pub(super) fn responder(lab: &Lab, join: &str, gateway: &TestBuyer) -> Value {
    let hour = (lab.now().to_zoned(TimeZone::UTC).hour() + 22) % 24;
    json!({
        "rid": "welcome", "name": "Welcome", "campid": "solar", "join": join, "from_name": "Solar Quotes",
        "quiet": { "from": format!("{hour:02}:00"), "to": format!("{hour:02}:01") },
        "steps": [
            { "after_min": 0, "channel": "email", "subject": "first", "text": "Hello." },
            { "after_min": 5, "channel": "sms", "text": "Still there? {{ unsubscribe_url }}" },
            { "after_min": 30, "channel": "email", "subject": "last", "html": "<p>Bye.</p>" },
        ],
        "sms": {
            "request": { "url": gateway.url(), "fields": { "to": "{{ sms.to }}", "text": "{{ sms.text }}" } },
            "answer": { "rules": [{ "then": "accepted", "status": ["2xx"] }] },
        },
    })
}

pub(super) async fn take(lab: &Lab, faults: &Faults, job: &ResponderJob) -> bool {
    let app = lab.responder(faults).await;
    matches!(faults.run(responder::take(&app, job, lab.now())).await, Some(Ok(())))
}

/// Books what has happened to leads, hands the function what it is asked for until nothing is left, what failed again, and everything twice.
/// Returns all messages.
async fn work(lab: &mut Lab, faults: &Faults) -> Vec<ResponderJob> {
    let (quiet, mut seen, mut open) = (lab.tables.store(), Vec::new(), Vec::<ResponderJob>::new());
    for _ in 0..MAX_ROUNDS {
        book(lab, faults, &lab.tables.lead_changes()).await;
        open.extend(lab.responder_messages().await);
        open.extend(quiet.due_enrolments(lab.now(), 100).await.unwrap());
        let has_messages = !open.is_empty();
        for job in std::mem::take(&mut open) {
            for _ in 0..2 {
                if !take(lab, faults, &job).await {
                    open.push(job.clone());
                }
            }
            seen.push(job);
        }
        let enrolments = enrolments(lab).await;
        if has_messages && open.is_empty() && !enrolments.is_empty() && enrolments.iter().all(|one| !one.is_active()) {
            return seen;
        }
        lab.wait(SignedDuration::from_mins(10));
    }
    panic!("not over in {MAX_ROUNDS} rounds: {:#?}", enrolments(lab).await);
}

pub(super) async fn enrolments(lab: &Lab) -> Vec<Enrolment> {
    let mut all = Vec::new();
    for lead in lab.leads().await {
        all.extend(lab.tables.store().whole_lead(lead.id).await.unwrap().unwrap().enrolments);
    }
    all
}

/// The numbers of the responder, as they are kept.
async fn numbers(lab: &Lab) -> BTreeMap<Count, u64> {
    lab.tables.store().responder_numbers(&"welcome".parse().unwrap()).await.unwrap().iter().collect()
}

/// What the enrolments add up to.
pub(super) fn added_up(enrolments: &[Enrolment]) -> BTreeMap<Count, u64> {
    let mut sum = BTreeMap::new();
    for count in enrolments.iter().flat_map(|one| counts(None, one)) {
        *sum.entry(count).or_default() += 1;
    }
    sum
}

/// Checks one enrolment that is over: each step came where it says it did, once.
async fn verify(enrolment: &Enrolment, faults: &Faults, gateway: &TestBuyer, address: &str) {
    assert!(matches!(enrolment.state, EnrolmentState::Finished { .. }), "{enrolment:#?}");
    let mails = Deployment::get().await.mails_to(address).await;
    let of = |subject: &str| mails.iter().filter(|mail| mail.to_string().contains(&format!("\"{subject}\""))).count();
    let came = [of("first"), gateway.requests().len(), of("last")];
    assert_eq!(enrolment.done.len(), came.len(), "{enrolment:#?}");
    for (done, came) in enrolment.done.iter().zip(came) {
        match &done.fate {
            Fate::Sent => assert_eq!(came, 1, "{enrolment:#?}"),
            // Nobody could tell two of them apart, so what may be on its way is not sent again.
            Fate::Unknown { .. } => assert!(came <= 1 && !faults.is_quiet(), "{came}: {enrolment:#?}"),
            fate @ (Fate::Failed { .. } | Fate::Skipped { .. }) => panic!("{fate:?}: {enrolment:#?}"),
        }
    }
}

async fn by_approval(faults: Faults) {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, address) = ready("on_approval", &gateway).await;
    let jobs = work(&mut lab, &faults).await;
    let lead = only_approved(&lab).await;
    assert_eq!(lead.joined.iter().map(|one| (one.rid.as_str(), one.number)).collect::<Vec<_>>(), [("welcome", 1)]);
    let over = enrolments(&lab).await;
    assert_eq!((over.len(), over[0].joined_at), (1, lead.joined[0].at));
    verify(&over[0], &faults, &gateway, &address).await;
    assert_eq!(numbers(&lab).await, added_up(&over));

    let quiet = Faults::default();
    for job in jobs {
        assert!(take(&lab, &quiet, &job).await, "what came before is acknowledged");
    }
    book(&lab, &quiet, &lab.tables.lead_changes()).await;
    for job in lab.responder_messages().await {
        assert!(take(&lab, &quiet, &job).await);
    }
    assert_eq!((enrolments(&lab).await, only_approved(&lab).await), (over.clone(), lead), "nothing is done twice");
    verify(&over[0], &faults, &gateway, &address).await;
}

#[tokio::test]
async fn each_step_is_sent_at_most_once_and_counted_once_whatever_fails() {
    with_every_fault(by_approval).await;
}

/// A step for each kind of write, without the mail service, which is slow.
async fn by_text(faults: Faults) {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    let (steps, stored) = (
        json!([{ "after_min": 0, "channel": "sms", "text": "Hello. STOP ends it." }]),
        responder(&lab, "on_approval", &gateway),
    );
    let mut short = stored;
    short["steps"] = steps;
    save::<Responder>(&lab, short, Some(1)).await;
    work(&mut lab, &faults).await;
    let over = enrolments(&lab).await;
    assert_eq!((over.len(), numbers(&lab).await), (1, added_up(&over)));
    assert!(gateway.requests().len() <= 1, "{over:#?}");
}

#[tokio::test]
async fn a_step_is_sent_at_most_once_although_two_workers_die_over_it() {
    with_a_second_kill_after_each_write(by_text).await;
}

#[tokio::test]
async fn a_step_whose_worker_dies_with_the_gateways_answer_is_unknown_and_the_next_one_follows() {
    let faults = Faults::default();
    let gateway = TestBuyer::answering([Reply::new(200, "").killing(&faults)]).await;
    let (mut lab, address) = ready("on_approval", &gateway).await;
    work(&mut lab, &faults).await;
    let over = enrolments(&lab).await;
    let fates: Vec<&str> = over[0].done.iter().map(|done| done.fate.word()).collect();
    assert_eq!((fates, gateway.requests().len()), (vec!["sent", "unknown", "sent"], 1));
    assert_eq!(Deployment::get().await.mails_to(&address).await.len(), 2);
    assert_eq!(numbers(&lab).await, added_up(&over));
}

#[tokio::test]
async fn a_gateway_that_asks_to_come_later_is_asked_again_and_one_that_refuses_is_not() {
    for (replies, fate, requests) in [
        (vec![Reply::new(429, ""), Reply::new(503, ""), Reply::new(200, "")], "sent", 3),
        (vec![Reply::new(400, "+442079460018 is odd")], "failed", 1),
        (vec![Reply::new(500, "")], "unknown", 1),
    ] {
        let gateway = TestBuyer::answering(replies).await;
        let (mut lab, _) = ready("on_approval", &gateway).await;
        work(&mut lab, &Faults::default()).await;
        let over = enrolments(&lab).await;
        assert_eq!((over[0].done[1].fate.word(), gateway.requests().len()), (fate, requests), "{over:#?}");
        assert!(!serde_json::to_string(&over).unwrap().contains("+44"), "{over:#?}");
        let first = &gateway.requests()[0];
        assert_eq!(first.headers["idempotency-key"], format!("{}-welcome-1-1", over[0].lead));
        let body: Value = serde_json::from_str(&first.body).unwrap();
        assert_eq!(body["to"], "+442079460018");
        assert!(
            body["text"].as_str().unwrap().starts_with("Still there? https://leads.example/v1/unsubscribe/"),
            "{body}"
        );
    }
}

/// Puts the lead into the responder as a bulk job does.
async fn join_by_hand(lab: &Lab, faults: &Faults, lead: &Lead, job: u128) -> Result<Commit, &'static str> {
    let responder = lab.tables.store().record::<Responder>("welcome").await.unwrap().unwrap().record;
    let (job, by) = (BulkJobId::from_ulid(Ulid(job)), KeyId::root());
    let (zone, now, spoken) = (TimeZone::UTC, lab.now(), Spoken::default());
    let responder = Some(&responder);
    let ordered = Ordered { job, by: &by, zone: &zone, reasons: &[], spoken: &spoken, responder, now };
    let action = Action::JoinResponder(JoinResponder { rid: "welcome".parse().unwrap() });
    let change = action.plan(lead, &ordered).map_err(|refusal| refusal.code)?;
    let store = lab.store(faults);
    match store.carry_out(lead, change, &Actor::with_job(job), &identity(), now).await {
        Ok(commit) => Ok(commit),
        Err(store::LineUpError::Illegal(refused)) => Err(refused.code),
        Err(store::LineUpError::Store(error)) => panic!("{error}"),
    }
}

#[tokio::test]
async fn by_hand_a_lead_joins_once_more_when_it_is_through_and_not_before() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, address) = ready("by_hand", &gateway).await;
    let quiet = Faults::default();
    book(&lab, &quiet, &lab.tables.lead_changes()).await;
    assert_eq!(lab.responder_messages().await, [], "nobody joins by itself");
    let received = only_approved(&lab).await.received;
    lab.wait(SignedDuration::from_mins(45));
    for round in 1..=2 {
        let lead = only_approved(&lab).await;
        join_by_hand(&lab, &quiet, &lead, round).await.unwrap();
        let lead = only_approved(&lab).await;
        assert_eq!(join_by_hand(&lab, &quiet, &lead, 9).await.unwrap_err(), "already_active");
        work(&mut lab, &quiet).await;
    }
    let lead = only_approved(&lab).await;
    assert_eq!(lead.joined.len(), 2);
    assert!(lead.joined.iter().all(|one| one.at > received), "a new date, and not that of the lead");
    assert_eq!((Deployment::get().await.mails_to(&address).await.len(), gateway.requests().len()), (4, 2));
    let over = enrolments(&lab).await;
    assert_eq!(numbers(&lab).await, added_up(&over));
    // Nobody who has unsubscribed is put there.
    let silent = lead.on_consent_said(&Channel::ALL, false, &Spoken::default(), lab.now()).unwrap();
    assert_eq!(join_by_hand(&lab, &quiet, &silent, 3).await.unwrap_err(), "no_consent");
    let other = Lead { campid: "boilers".parse().unwrap(), ..lead.clone() };
    assert_eq!(join_by_hand(&lab, &quiet, &other, 3).await.unwrap_err(), "other_campaign");
    let test = Lead { test: true, ..lead };
    assert_eq!(join_by_hand(&lab, &quiet, &test, 3).await.unwrap_err(), "not_for_sale");
}

/// The only enrolment there is, after its first step.
async fn after_first_step(lab: &Lab) -> Enrolment {
    book(lab, &Faults::default(), &lab.tables.lead_changes()).await;
    for job in lab.responder_messages().await {
        assert!(take(lab, &Faults::default(), &job).await);
    }
    let all = enrolments(lab).await;
    assert_eq!((all.len(), all[0].steps_done()), (1, 1), "{all:#?}");
    all.into_iter().next().unwrap()
}

#[tokio::test]
async fn who_unsubscribes_between_two_steps_is_not_written_to_again() {
    for (channels, fates, reason) in [
        (&Channel::ALL[..], vec!["sent"], Some(StoppedFor::Unsubscribed)),
        (&[Channel::Sms], vec!["sent", "skipped", "sent"], None),
        (&[Channel::Email], vec!["sent", "sent"], Some(StoppedFor::Unsubscribed)),
    ] {
        let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
        let (mut lab, _) = ready("on_approval", &gateway).await;
        after_first_step(&lab).await;
        let lead = only_approved(&lab).await;
        let quiet = lead.on_consent_said(channels, false, &Spoken::default(), lab.now()).unwrap();
        assert!(matches!(lab.tables.store().commit(&lead, &quiet, &identity()).await.unwrap(), Commit::Done(_)));
        work(&mut lab, &Faults::default()).await;
        let over = enrolments(&lab).await;
        assert_eq!(over[0].done.iter().map(|done| done.fate.word()).collect::<Vec<_>>(), fates, "{over:#?}");
        let stopped = match over[0].state {
            EnrolmentState::Stopped { reason, .. } => Some(reason),
            EnrolmentState::Waiting { .. } | EnrolmentState::Sending { .. } | EnrolmentState::Finished { .. } => None,
        };
        assert_eq!(stopped, reason, "{over:#?}");
        assert_eq!(numbers(&lab).await, added_up(&over));
    }
}

#[tokio::test]
async fn a_responder_that_is_switched_off_lets_everybody_go() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    after_first_step(&lab).await;
    let mut off = responder(&lab, "on_approval", &gateway);
    off["active"] = json!(false);
    save::<Responder>(&lab, off, Some(1)).await;
    work(&mut lab, &Faults::default()).await;
    let over = enrolments(&lab).await;
    assert!(matches!(over[0].state, EnrolmentState::Stopped { reason: StoppedFor::Inactive, .. }), "{over:#?}");
    assert_eq!(gateway.requests().len(), 0);
}

#[tokio::test]
async fn the_sweeper_asks_for_a_step_each_minute_from_its_time_on() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    let enrolment = after_first_step(&lab).await;
    let quiet = Faults::default();
    assert!(lab.sweep(&quiet).await);
    assert_eq!(lab.responder_messages().await, [], "its time has not come");
    lab.wait(SignedDuration::from_mins(6));
    let next = ResponderJob::Next { lead: enrolment.lead, rid: enrolment.rid.clone(), number: 1 };
    for _ in 0..2 {
        assert!(lab.sweep(&quiet).await);
        assert_eq!(lab.responder_messages().await, std::slice::from_ref(&next), "until it is taken");
    }
    assert!(take(&lab, &quiet, &next).await);
    assert!(lab.sweep(&quiet).await);
    assert_eq!((lab.responder_messages().await, gateway.requests().len()), (Vec::new(), 1));
}

#[tokio::test]
async fn a_lead_that_is_gone_leaves_its_responders() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    let Enrolment { lead, rid, .. } = after_first_step(&lab).await;
    let (keys::Key { pk, sk }, leads) = (keys::lead(lead), lab.tables.tables().leads);
    let gone = lab.tables.client().delete_item().table_name(&leads);
    gone.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await.unwrap();
    lab.wait(SignedDuration::from_mins(6));
    assert!(take(&lab, &Faults::default(), &ResponderJob::Next { lead, rid: rid.clone(), number: 1 }).await);
    let over = lab.tables.store().enrolment(lead, &rid, 1).await.unwrap().unwrap();
    assert!(matches!(over.state, EnrolmentState::Stopped { reason: StoppedFor::Deleted, .. }), "{over:#?}");
    let other = LeadId::from_ulid(Ulid(7));
    for job in
        [ResponderJob::Join { lead: other, rid: rid.clone() }, ResponderJob::Next { lead: other, rid, number: 1 }]
    {
        assert!(take(&lab, &Faults::default(), &job).await, "who is not there joins nothing");
    }
}
