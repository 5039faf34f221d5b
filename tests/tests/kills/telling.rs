//! Telling: whatever fails and whatever comes twice, each item is in one notice, and each notice reaches its recipient.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::Principal,
    id::LeadId,
    notice::{Notice, NoticeItem, NoticeKind, Told, Way, WayState},
    supplier::Supplier,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{NotifyJob, Rotated, WebhookSecret, keys};
use tests::{Deployment, Faults, Lab, Reply, TestBuyer};
use ulid::Ulid;

use super::{lab, with_a_second_kill_after_each_write, with_every_fault};

/// Rounds of ten minutes after which a notice is given up.
const MAX_ROUNDS: usize = 80;

fn to() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

/// A lab whose supplier is told at this endpoint, and at an address that nobody else has; and that address.
async fn ready(receiver: &TestBuyer) -> (Lab, String) {
    let lab = lab(1, Vec::new()).await;
    let address = format!("desk-{}@supplier.example", lambda::new_lead_id().ulid().to_string().to_lowercase());
    let store = lab.tables.store();
    let stored = store.record::<Supplier>("s1").await.unwrap().unwrap();
    let notify = json!({ "webhook": { "url": receiver.url() }, "emails": [address] });
    let notify = Some(serde_json::from_value(notify).unwrap());
    store.save(Supplier { notify, ..stored.record }, Some(stored.version)).await.unwrap();
    rotate(&lab).await;
    (lab, address)
}

/// Gives the supplier a new secret, and returns it.
pub(super) async fn rotate(lab: &Lab) -> String {
    let secret = lambda::new_webhook_secret();
    let rotated = lab.tables.store().rotate_webhook_secret(&to(), &secret, lab.now()).await.unwrap();
    assert!(matches!(rotated, Rotated::Done { .. }));
    secret.expose().to_owned()
}

fn told(numbers: std::ops::Range<u128>) -> Vec<Told> {
    let told = |number| {
        let (did, bid) = ("d1".parse().unwrap(), Some("b1".parse().unwrap()));
        let (lead, reason) = (LeadId::from_ulid(Ulid(number)), "DUPE".to_owned());
        let at = jiff::Timestamp::UNIX_EPOCH;
        let item = NoticeItem { lead, did, number: 1, bid, at, asked_at: None, reason, why: None, amount: None };
        Told { to: to(), kind: NoticeKind::Returned, item }
    };
    numbers.map(told).collect()
}

/// Puts items, as often as it takes, as the stream brings a batch that failed.
async fn tell(lab: &Lab, faults: &Faults, numbers: std::ops::Range<u128>) {
    for _ in 0..10 {
        let putting = lab.store(faults);
        let done = faults.run(putting.tell(told(numbers.clone()), lambda::new_draw(), lab.now())).await;
        if matches!(done, Some(Ok(()))) {
            return;
        }
    }
    panic!("not told in ten tries");
}

/// Hands what is to be done to the function until nothing is, what failed again, and some of it twice. Returns all jobs.
pub(super) async fn work(lab: &mut Lab, faults: &Faults) -> Vec<NotifyJob> {
    let mut seen = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let quiet = lab.tables.store();
        if quiet.due_work(lab.now() + SignedDuration::from_hours(24), 10).await.unwrap().is_empty() {
            return seen;
        }
        lab.wait(SignedDuration::from_mins(10));
        for job in quiet.due_work(lab.now(), 10).await.unwrap() {
            for _ in 0..2 {
                take(lab, faults, &job).await;
            }
            seen.push(job);
        }
    }
    panic!("not told in {MAX_ROUNDS} rounds: {:#?}", notices(lab).await);
}

async fn take(lab: &Lab, faults: &Faults, job: &NotifyJob) -> bool {
    let app = lab.notify(faults).await;
    matches!(faults.run(notify::take(&app, job, lab.now())).await, Some(Ok(())))
}

/// What the supplier is told.
pub(super) async fn notices(lab: &Lab) -> Vec<Notice> {
    lab.tables.store().notices(lab.now(), 100, None, Some(&to())).await.unwrap().unwrap().items
}

/// What the receiver was sent, by the id of the webhook: the body, which is the same each time.
pub(super) fn bodies(receiver: &TestBuyer) -> BTreeMap<String, Value> {
    let mut bodies = BTreeMap::new();
    for request in receiver.requests() {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let before = bodies.insert(request.headers["webhook-id"].clone(), body.clone());
        assert!(before.is_none_or(|before| before == body), "one id, two bodies: {body:#}");
    }
    bodies
}

/// Checks that all of these leads were told of, each in one notice, by both ways.
async fn verify(lab: &Lab, faults: &Faults, receiver: &TestBuyer, address: &str, leads: u128) {
    let (notices, bodies) = (notices(lab).await, bodies(receiver));
    assert_eq!(notices.len(), bodies.len(), "{notices:#?}\n{bodies:#?}");
    let mut told = Vec::new();
    for notice in &notices {
        let body = &bodies[&notice.id];
        told.extend(body["items"].as_array().unwrap().iter().map(|item| item["lead_id"].as_str().unwrap().to_owned()));
        assert_eq!(notice.sent[&Way::Webhook].state, WayState::Sent, "{notice:#?}");
        let mails = Deployment::get().await.mails_to(address).await;
        let own = mails.iter().filter(|mail| mail.to_string().contains(&notice.id)).count();
        match &notice.sent[&Way::Email].state {
            WayState::Sent => assert_eq!(own, 1, "{notice:#?}"),
            // Nobody could tell two e-mails apart, so one that may be on its way is not sent again.
            WayState::Unknown { .. } => assert!(own <= 1 && !faults.is_quiet(), "{own} mails: {notice:#?}"),
            state
            @ (WayState::Queued | WayState::Sending { .. } | WayState::Retry { .. } | WayState::Failed { .. }) => {
                panic!("it is {state:?}: {notice:#?}")
            }
        }
    }
    told.sort();
    let wanted: Vec<String> = (0..leads).map(|number| LeadId::from_ulid(Ulid(number)).to_string()).collect();
    assert_eq!(told, wanted, "each in one notice");
}

/// Two batches with some items in both, told to a receiver that fails at first; then everything once more.
async fn history(faults: Faults) {
    let receiver = TestBuyer::answering([Reply::new(500, ""), Reply::new(204, "")]).await;
    let (mut lab, address) = ready(&receiver).await;
    tell(&lab, &faults, 0..3).await;
    tell(&lab, &faults, 1..5).await;
    let jobs = work(&mut lab, &faults).await;
    verify(&lab, &faults, &receiver, &address, 5).await;

    let (requests, before) = (receiver.requests().len(), notices(&lab).await);
    let quiet = Faults::default();
    tell(&lab, &quiet, 0..5).await;
    for job in jobs {
        assert!(take(&lab, &quiet, &job).await, "what came before is acknowledged");
    }
    work(&mut lab, &quiet).await;
    assert_eq!((receiver.requests().len(), notices(&lab).await), (requests, before), "nothing is told twice");
}

#[tokio::test]
async fn each_item_is_told_in_one_notice_whatever_fails() {
    with_every_fault(history).await;
}

/// The same without the mail, whose service is slow.
async fn by_webhook(faults: Faults) {
    let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
    let (mut lab, _) = ready(&receiver).await;
    tell(&lab, &faults, 0..2).await;
    work(&mut lab, &faults).await;
    let told: BTreeSet<String> = bodies(&receiver).values().map(|body| body["items"].to_string()).collect();
    assert_eq!((notices(&lab).await.len(), told.len()), (1, 1), "{told:#?}");
}

#[tokio::test]
async fn a_notice_is_made_once_although_two_workers_die_over_it() {
    with_a_second_kill_after_each_write(by_webhook).await;
}

#[tokio::test]
async fn what_died_with_the_receivers_answer_is_sent_again_under_the_same_id() {
    let faults = Faults::default();
    let receiver = TestBuyer::answering([Reply::new(204, "").killing(&faults), Reply::new(204, "")]).await;
    let (mut lab, address) = ready(&receiver).await;
    tell(&lab, &Faults::default(), 0..3).await;
    work(&mut lab, &faults).await;
    verify(&lab, &faults, &receiver, &address, 3).await;
    let ids: BTreeSet<String> =
        receiver.requests().into_iter().map(|request| request.headers["webhook-id"].clone()).collect();
    assert_eq!((receiver.requests().len(), ids.len()), (2, 1));
}

#[tokio::test]
async fn after_a_rotation_either_secret_verifies_what_is_sent_for_a_day() {
    let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
    let (mut lab, _) = ready(&receiver).await;
    let first = rotate(&lab).await;
    lab.wait(SignedDuration::from_hours(30));
    let second = rotate(&lab).await;
    tell(&lab, &Faults::default(), 0..1).await;
    work(&mut lab, &Faults::default()).await;
    lab.wait(SignedDuration::from_hours(24));
    tell(&lab, &Faults::default(), 1..2).await;
    work(&mut lab, &Faults::default()).await;
    let requests = receiver.requests();
    let verified = |at: usize, secret: &str| {
        let (headers, body) = (&requests[at].headers, &requests[at].body);
        let at_s = headers["webhook-timestamp"].parse().unwrap();
        // The library would verify by the clock, which is not the lab's.
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        let signed = webhook.sign(&headers["webhook-id"], at_s, body.as_bytes()).unwrap();
        headers["webhook-signature"].split(' ').any(|signature| signature == signed)
    };
    assert_eq!((verified(0, &first), verified(0, &second)), (true, true));
    assert_eq!((verified(1, &first), verified(1, &second)), (false, true));
}

#[tokio::test]
async fn without_a_secret_a_webhook_waits_for_one() {
    let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
    let mut lab = lab(1, Vec::new()).await;
    let store = lab.tables.store();
    let stored = store.record::<Supplier>("s1").await.unwrap().unwrap();
    let notify = Some(serde_json::from_value(json!({ "webhook": { "url": receiver.url() } })).unwrap());
    store.save(Supplier { notify, ..stored.record }, Some(stored.version)).await.unwrap();
    let quiet = Faults::default();
    tell(&lab, &quiet, 0..1).await;
    lab.wait(SignedDuration::from_secs(60));
    for job in store.due_work(lab.now(), 10).await.unwrap() {
        assert!(take(&lab, &quiet, &job).await);
    }
    let reason = notices(&lab).await[0].sent[&Way::Webhook].state.reason().unwrap_or_default().to_owned();
    assert!(reason.contains("POST /v1/webhook-secrets"), "{reason}");
    // One that cannot sign is none.
    store.rotate_webhook_secret(&to(), &WebhookSecret::new("whsec_*".to_owned()), lab.now()).await.unwrap();
    lab.wait(SignedDuration::from_mins(10));
    for job in store.due_work(lab.now(), 10).await.unwrap() {
        assert!(take(&lab, &quiet, &job).await);
    }
    assert_eq!((notices(&lab).await[0].attempts(Way::Webhook), receiver.requests().len()), (2, 0));
    rotate(&lab).await;
    work(&mut lab, &quiet).await;
    assert_eq!(bodies(&receiver).len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_for_a_notice_puts_it_off_for_an_hour_and_no_more() {
    let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
    let (mut lab, _) = ready(&receiver).await;
    let (quiet, store) = (Faults::default(), lab.tables.store());
    tell(&lab, &quiet, 0..1).await;
    lab.wait(SignedDuration::from_secs(60));
    let (keys::Key { pk, sk }, setup) = (keys::webhook_secret(&to()), lab.tables.tables().setup);
    lab.tables.spoil(&setup, (&pk, &sk), "v").await;
    for hour in 0..3 {
        let jobs = store.due_work(lab.now(), 10).await.unwrap();
        assert_eq!(jobs.len(), 1, "hour {hour}: {jobs:?}");
        for _ in 0..2 {
            assert!(take(&lab, &quiet, &jobs[0]).await, "nobody is asked to bring it again at once");
        }
        assert_eq!(store.due_work(lab.now() + SignedDuration::from_mins(59), 10).await.unwrap(), []);
        lab.wait(SignedDuration::from_mins(60));
    }
    let row = lab.tables.client().delete_item().table_name(&setup);
    let row = row.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
    row.send().await.unwrap();
    rotate(&lab).await;
    work(&mut lab, &quiet).await;
    assert_eq!(bodies(&receiver).len(), 1);
}

#[tokio::test]
async fn the_sweeper_asks_for_what_is_to_be_told_each_minute_until_it_is() {
    let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
    let (mut lab, _) = ready(&receiver).await;
    let quiet = Faults::default();
    tell(&lab, &quiet, 0..3).await;
    assert!(lab.sweep(&quiet).await);
    assert_eq!(lab.told_messages().await, [], "the group takes items still");
    lab.wait(SignedDuration::from_secs(61));
    for _ in 0..2 {
        assert!(lab.sweep(&quiet).await);
    }
    let jobs = lab.told_messages().await;
    assert_eq!((jobs.len(), &jobs[0]), (2, &jobs[1]), "it may be asked for twice");
    for job in jobs {
        assert!(take(&lab, &quiet, &job).await);
    }
    assert!(lab.sweep(&quiet).await);
    assert_eq!((lab.told_messages().await, receiver.requests().len()), (Vec::new(), 1));
}
