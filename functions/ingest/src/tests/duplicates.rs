//! Duplicates: exact under concurrency and at both ends of the window.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Api, form, lead, sent_at};
use crate::take_in::take_in;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_posts_of_one_person_at_once_exactly_one_is_approved() {
    let api = Api::start().await;
    // Two instances of the function, as many as Lambda would start.
    let instances = [api.clone(), Api::over(api.tables.clone())];
    let posts = (0..100).map(|number| {
        let api = instances[number % 2].clone();
        let lead = lead(json!({ "c1": number }));
        async move { api.post_once(&format!("key-{number}"), &lead).await }
    });
    let answers = join_all(posts).await;
    let lines: Vec<_> = answers.iter().map(super::Answer::line).collect();
    assert_eq!(lines.iter().filter(|line| *line == "201 1").count(), 1, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| *line == "422 -2").count(), 99, "{lines:?}");
    assert_eq!(api.counts().await, [100, 1, 100]);
}

#[tokio::test]
async fn the_window_ends_after_its_last_millisecond() {
    let api = Api::start().await;
    let start: Timestamp = "2026-03-28T10:20:30.400Z".parse().unwrap();
    let window = SignedDuration::from_hours(30 * 24);
    let millisecond = SignedDuration::from_millis(1);
    let code = async |now: Timestamp| {
        let taken = take_in(&api.app, &sent_at(now), form("ann@example.com"), None).await.unwrap();
        taken.answer.status
    };
    assert_eq!(code(start).await, 201);
    assert_eq!(code(start + window - millisecond).await, 422);
    assert_eq!(code(start + window).await, 422);
    assert_eq!(code(start + window + millisecond).await, 201);
    // The window is now the new lead's.
    assert_eq!(code(start + window + window).await, 422);
}

#[tokio::test]
async fn a_clock_that_is_behind_does_not_let_a_duplicate_in() {
    let api = Api::start().await;
    let now: Timestamp = "2026-03-28T10:20:30.400Z".parse().unwrap();
    for (at, status) in [(now, 201), (now - SignedDuration::from_secs(2), 422)] {
        let taken = take_in(&api.app, &sent_at(at), form("ann@example.com"), None).await.unwrap();
        assert_eq!(taken.answer.status, status);
    }
}

#[tokio::test]
async fn a_refused_lead_claims_nothing_and_other_campaigns_know_nothing() {
    let api = Api::start().await;
    api.save::<domain::campaign::Campaign>(super::campaign("wind", json!({}))).await;
    assert_eq!(api.post(&lead(json!({ "dob": "soon" }))).await.line(), "422 -5 dob:not_a_date");
    assert_eq!(api.post(&lead(json!({}))).await.line(), "201 1");
    assert_eq!(api.post(&lead(json!({ "email": " ANN@Example.com " }))).await.line(), "422 -2");
    assert_eq!(api.post(&lead(json!({ "campid": "wind" }))).await.line(), "201 1");
}
