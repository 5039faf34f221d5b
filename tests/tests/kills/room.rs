//! Caps at intake: never exceeded, and nothing leaks, whatever fails and however many come at once.

use aws_sdk_dynamodb::types::AttributeValue;
use axum::{body::Body, http::StatusCode};
use dispatch::deliver::Draw;
use domain::{
    lead::{Lead, SoldStatus},
    supplier::Supplier,
};
use futures::future::join_all;
use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use lambda::http::Function;
use serde_json::{Value, json};
use store::{Scope, keys};
use tests::{Fault, Faults, Lab, LabBuyer, Reply};
use tower::ServiceExt;

use super::{asking, buyer, lab, lab_with, post, with_every_fault};

/// A lab whose campaign takes this many leads, and so does its supplier send.
async fn capped(count: u32) -> Lab {
    let caps = json!([{ "per": "total", "count": count }]);
    let lab = lab_with(json!({ "caps": caps }), vec![buyer("1", [Reply::accept("B-1")])]).await;
    let store = lab.tables.store();
    let present = store.record::<Supplier>("s1").await.unwrap().unwrap();
    let caps = serde_json::from_value(caps).unwrap();
    store.save(Supplier { caps, ..present.record }, Some(present.version)).await.unwrap();
    lab
}

fn numbered(number: usize) -> Value {
    json!({ "campid": "solar", "email": format!("ann{number}@example.com") })
}

/// Lets the sweeper come by, and returns how many leads were taken in: as many as campaign and supplier have counted.
async fn counted(lab: &mut Lab) -> usize {
    lab.drain(&Faults::default()).await;
    lab.wait(SignedDuration::from_mins(5));
    assert!(lab.sweep(&Faults::default()).await);
    lab.verify().await;
    let taken = lab.leads().await.iter().filter(|lead| Lead::was_taken_in(lead)).count();
    for scope in [Scope::Campaign("solar".parse().unwrap()), Scope::Supplier("s1".parse().unwrap())] {
        let keys::Key { pk, sk } = keys::counter(&scope);
        let get = lab.tables.client().get_item().table_name(lab.tables.tables().setup);
        let row = get.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await.unwrap().item;
        let total = row.and_then(|row| row.get("t")?.as_n().ok()?.parse().ok()).unwrap_or(0);
        assert_eq!(total, taken, "{scope:?}");
        assert_eq!(lab.tables.store().open_reservations(&[scope]).await.unwrap(), [], "nothing leaks");
    }
    taken
}

/// Sends a request under a key, once; none: the function died.
async fn ask(lab: &Lab, faults: &Faults, key: &str, lead: &Value) -> Option<StatusCode> {
    let request = asking("lab", "/v1/leads").header("idempotency-key", key).body(Body::from(lead.to_string())).unwrap();
    let function = lab.ingest(faults).await.router();
    let answer = faults.run(function.oneshot(request)).await?;
    Some(answer.unwrap().status())
}

async fn the_last_place(faults: Faults) {
    let mut lab = capped(1).await;
    let mut told = None;
    for _ in 0..10 {
        told = ask(&lab, &faults, "k", &numbered(0)).await.filter(|status| !status.is_server_error());
        if told.is_some() {
            break;
        }
        // A place that a try has left behind is not free before the sweeper has come by, but nobody is refused for it who
        // may have left it there.
        lab.wait(SignedDuration::from_mins(5));
        assert!(lab.sweep(&Faults::default()).await);
    }
    assert_eq!(told, Some(StatusCode::CREATED));
    assert_eq!(counted(&mut lab).await, 1);
    let (status, _) = post(&lab, &Faults::default(), Some("other"), &numbered(1)).await;
    assert_eq!((status, counted(&mut lab).await), (StatusCode::UNPROCESSABLE_ENTITY, 1));
}

#[tokio::test]
async fn the_last_place_of_a_campaign_is_taken_once_and_never_lost_whatever_fails() {
    with_every_fault(the_last_place).await;
}

/// A duplicate takes a place and gives it back.
async fn a_duplicate(faults: Faults) {
    let mut lab = capped(2).await;
    post(&lab, &Faults::default(), None, &numbered(0)).await;
    post(&lab, &faults, None, &numbered(0)).await;
    assert_eq!(counted(&mut lab).await, 1);
    assert_eq!(post(&lab, &Faults::default(), None, &numbered(1)).await.0, 201);
    assert_eq!(counted(&mut lab).await, 2);
}

#[tokio::test]
async fn a_duplicate_uses_no_place_up_whatever_fails() {
    with_every_fault(a_duplicate).await;
}

/// A worker dies with a place that it has just taken, and then the sweepers have trouble.
async fn left_behind(faults: Faults) {
    let quiet = Faults::default();
    post(&capped(1).await, &quiet, None, &numbered(0)).await;
    let taken = quiet.calls().iter().position(|operation| operation.ends_with(".UpdateItem")).unwrap();
    let mut lab = capped(2).await;
    post(&lab, &Faults::at([(taken, Fault::KillAfter)]), None, &numbered(0)).await;
    assert_eq!(
        lab.tables.store().open_reservations(&[Scope::Campaign("solar".parse().unwrap())]).await.unwrap().len(),
        1
    );
    for _ in 0..2 {
        lab.wait(SignedDuration::from_mins(3));
        lab.sweep(&faults).await;
    }
    assert_eq!(counted(&mut lab).await, 1);
    assert_eq!(post(&lab, &Faults::default(), None, &numbered(1)).await.0, 201, "the place is free again");
    assert_eq!(counted(&mut lab).await, 2);
}

#[tokio::test]
async fn a_place_that_was_left_behind_is_given_back_once_wherever_the_sweeper_fails() {
    with_every_fault(left_behind).await;
}

#[tokio::test]
async fn of_a_crowd_exactly_as_many_are_taken_in_as_there_is_room_for() {
    let mut lab = capped(30).await;
    let quiet = Faults::default();
    let leads: Vec<Value> = (0..100).map(numbered).collect();
    let answers = join_all(leads.iter().map(|lead| post(&lab, &quiet, None, lead))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 30);
    assert_eq!(counted(&mut lab).await, 30);
}

#[tokio::test]
async fn of_two_equal_requests_for_the_last_place_neither_is_refused_wherever_one_is_held_up() {
    let (quiet, lead) = (Faults::default(), numbered(0));
    assert_eq!(ask(&capped(1).await, &quiet, "k", &lead).await, Some(StatusCode::CREATED));
    let calls = quiet.calls().len();
    for (at, pause) in (0..calls).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let mut lab = capped(1).await;
        let (held_up, quiet) = (Faults::at([(at, pause)]), Faults::default());
        let second = async {
            held_up.paused().await;
            let told = ask(&lab, &quiet, "k", &lead).await;
            held_up.resume();
            told
        };
        let (first, second) = tokio::join!(ask(&lab, &held_up, "k", &lead), second);
        let again = ask(&lab, &quiet, "k", &lead).await;
        let (taken, come_again) = (Some(StatusCode::CREATED), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert!([first, second].iter().all(|told| [taken, come_again].contains(told)), "{first:?}, {second:?}");
        assert_eq!((again, counted(&mut lab).await), (taken, 1), "held up at {at}, {pause:?}");
    }
}

#[tokio::test]
async fn a_cap_that_was_used_up_yesterday_turns_nobody_away_today() {
    let more = json!({ "caps": [{ "per": "day", "count": 1 }] });
    let own = LabBuyer { more, ..buyer("1", [Reply::accept("B-1"), Reply::accept("B-2")]) };
    let mut lab = lab(1, vec![own]).await;
    for number in 0..3 {
        post(&lab, &Faults::default(), None, &numbered(number)).await;
    }
    let tomorrow = lab.now().to_zoned(TimeZone::UTC).date().saturating_add(1.day());
    let midnight = tomorrow.to_zoned(TimeZone::UTC).unwrap().timestamp();
    // One worker, that remembers.
    let worker = lab.worker(&Faults::default()).await;
    let mut told = Vec::new();
    for (message, seconds) in lab.messages().await.iter().zip([-4, -3, 2]) {
        let now = midnight + SignedDuration::from_secs(seconds);
        let draw = Draw { now, attempt: lambda::new_attempt_id(), jitter_permille: 0 };
        worker.deliver(message, draw).await.unwrap();
        told.push(lab.tables.store().lead(message.lead_id).await.unwrap().unwrap().sold_status());
    }
    assert_eq!(told, [SoldStatus::Sold, SoldStatus::Unsold, SoldStatus::Sold]);
}
