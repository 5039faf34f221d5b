//! Idempotency keys: one lead, one answer, whenever and however often it is asked for.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Answer, Api, form, lead, sent_at};
use crate::{
    batch::gate_of,
    form::LeadForm,
    take_in::{judge, take_in, write},
};

async fn same_key_at_once(body: serde_json::Value) -> (Api, Vec<Answer>) {
    let api = Api::start().await;
    let instances = [api.clone(), Api::over(api.tables.clone())];
    let posts = (0..20).map(|number| {
        let (api, body) = (instances[number % 2].clone(), body.clone());
        async move { api.post_once("order-1", &body).await }
    });
    let answers = join_all(posts).await;
    (api, answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_posts_with_one_key_at_once_are_one_lead_and_one_answer() {
    let (api, answers) = same_key_at_once(lead(json!({}))).await;
    assert!(answers.iter().all(|answer| (answer.status, &answer.text) == (201, &answers[0].text)), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.headers["location"] == *answers[0].json["url"].as_str().unwrap()));
    assert_eq!(answers.iter().filter(|answer| !answer.is_replayed()).count(), 1);
    assert_eq!(api.counts().await, [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_batches_with_one_key_at_once_are_one_batch() {
    let (api, answers) = same_key_at_once(json!({ "leads": [
        lead(json!({ "email": "<b>x</b>" })), lead(json!({})), lead(json!({ "email": "ann@" })),
        lead(json!({ "email": "bob@example.com" })), "no lead",
    ]}))
    .await;
    assert!(answers.iter().all(|answer| (answer.status, &answer.text) == (200, &answers[0].text)), "{answers:?}");
    assert_eq!(api.counts().await, [3, 2, 3]);
}

#[tokio::test]
async fn the_original_answer_comes_back_byte_for_byte_after_thirteen_days_whatever_has_changed() {
    let api = Api::start().await;
    let start: Timestamp = "2026-03-28T10:20:30.400Z".parse().unwrap();
    let once = api.once("order-1", "body");
    let first = take_in(&api.app, &sent_at(start), form("ann@example.com"), Some(&once)).await.unwrap();

    let solar = api.app.dispatcher.store.record::<domain::campaign::Campaign>("solar").await.unwrap().unwrap();
    let closed = domain::campaign::Campaign { active: false, suppliers: Vec::new(), ..solar.record };
    api.app.dispatcher.store.save(closed, Some(solar.version)).await.unwrap();
    let later = Api::over(api.tables.clone());
    let now = start + SignedDuration::from_hours(13 * 24);
    let again = take_in(&later.app, &sent_at(now), form("ann@example.com"), Some(&once)).await.unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.answer, first.answer);
    assert_eq!(api.counts().await, [1, 1, 1]);

    // What would not be kept at all today was kept then.
    let unsafe_today = LeadForm { source: Some("<b>".to_owned()), ..form("ann@example.com") };
    let again = take_in(&later.app, &sent_at(now), unsafe_today, Some(&once)).await.unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.answer, first.answer);

    let two_weeks = start + SignedDuration::from_hours(14 * 24);
    let fresh = take_in(&later.app, &sent_at(two_weeks), form("ann@example.com"), Some(&once)).await.unwrap();
    assert_eq!((fresh.answer.status, fresh.is_replayed()), (422, false));
}

#[tokio::test]
async fn one_key_does_not_serve_two_bodies() {
    let api = Api::start().await;
    let first = api.post_once("order-1", &lead(json!({}))).await;
    let before = api.items().await;
    for other in [
        lead(json!({ "email": "bob@example.com" })),
        lead(json!({ "email": "<script>" })),
        lead(json!({ "campid": "nowhere" })),
        json!({ "leads": [lead(json!({})), lead(json!({ "email": "bob@example.com" }))] }),
    ] {
        let answer = api.post_once("order-1", &other).await;
        assert_eq!(answer.line(), "422 idempotency_key_reused", "{other}");
        assert!(answer.json["detail"].as_str().unwrap().contains("new key"));
    }
    assert_eq!(api.items().await, before);
    assert_eq!(api.post_once("order-1", &lead(json!({}))).await.text, first.text);
}

#[tokio::test]
async fn a_batch_under_the_key_of_another_batch_writes_nothing() {
    let api = Api::start().await;
    let first = json!({ "leads": [lead(json!({ "email": "<b>x</b>" })), lead(json!({}))] });
    api.post_once("batch-1", &first).await;
    let before = api.items().await;
    let others = (0..30).map(|number| lead(json!({ "email": format!("p{number}@example.com") })));
    let other = json!({ "leads": others.collect::<Vec<_>>() });
    assert_eq!(api.post_once("batch-1", &other).await.line(), "422 idempotency_key_reused");
    assert_eq!(api.items().await, before);
}

#[tokio::test]
async fn a_batch_that_died_halfway_is_finished_by_its_replay() {
    let api = Api::start().await;
    let batch = json!({ "leads": [lead(json!({})), lead(json!({ "email": "bob@example.com" }))] });
    let body = api.once("batch-1", &batch.to_string());
    let sender = sent_at(lambda::now());
    let judged = judge(&api.app, &sender, form("ann@example.com"), &std::sync::Mutex::default()).await.unwrap();
    let first = write(&api.app, judged, Some(&gate_of(&body, 0)), sender.now).await.unwrap();

    let answer = api.post_once("batch-1", &batch).await;
    assert_eq!(answer.json["leads"][0].to_string(), json_of(&first.answer.body).to_string());
    assert_eq!((answer.status, &answer.json["leads"][1]["code"], answer.is_replayed()), (200, &json!(1), false));
    assert_eq!(api.counts().await, [2, 2, 2]);
    let again = api.post_once("batch-1", &batch).await;
    assert_eq!((again.text.as_str(), again.is_replayed()), (answer.text.as_str(), true));
}

fn json_of(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn what_is_not_kept_does_not_use_its_key_up() {
    let api = Api::start().await;
    for refused in
        [lead(json!({ "email": "<b>x</b>" })), lead(json!({ "email": [] })), lead(json!({ "campid": "nowhere" }))]
    {
        assert_eq!(api.post_once("order-1", &refused).await.status, 422);
    }
    assert_eq!(api.post_once("order-1", &lead(json!({}))).await.line(), "201 1");
}

#[tokio::test]
async fn a_key_is_its_suppliers_own_and_visible_text() {
    let api = Api::start().await;
    let body = lead(json!({ "sid": "s1" })).to_string();
    let json = ("content-type", "application/json");
    let first = api.send("s1", &[json, ("idempotency-key", "k")], body.clone()).await;
    let sellers = api.send("seller", &[json, ("idempotency-key", "k")], body.clone()).await;
    assert_eq!((first.line(), sellers.line()), ("201 1".to_owned(), "422 -2".to_owned()));
    for key in ["", "a b", &"k".repeat(256)] {
        let answer = api.send("s1", &[json, ("idempotency-key", key)], body.clone()).await;
        assert_eq!(answer.line(), "400 invalid_idempotency_key");
    }
}
