//! The key of a batch belongs to its body, whichever of its leads could be kept when it came.

use lambda::problem::Problem;
use serde_json::{Value, json};

use super::{Api, form, lead, sent_at};
use crate::{
    answered::Taken,
    batch::take_all_in,
    form::{LeadForm, ReadLead},
};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

/// A lead that is kept.
fn kept(email: &str) -> ReadLead {
    Ok(form(email))
}

/// The same lead, when for some reason it cannot be kept.
fn not_kept(email: &str) -> ReadLead {
    Ok(LeadForm { source: Some("<b>".to_owned()), ..form(email) })
}

/// Sends a batch under the key `k`. That its leads are judged in another way than before is up to the test.
async fn send<const N: usize>(api: &Api, body: &str, leads: [ReadLead; N]) -> Result<Vec<Taken>, Problem> {
    let sender = sent_at(lambda::now());
    take_all_in(&api.app, &sender, leads.into(), Some(&api.once("k", body))).await
}

fn bodies(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|taken| taken.answer.body.as_str()).collect()
}

fn codes(taken: &[Taken]) -> Vec<Value> {
    let receipts = bodies(taken).into_iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
    receipts.map(|receipt| receipt["code"].clone()).collect()
}

fn replayed(taken: &[Taken]) -> Vec<bool> {
    taken.iter().map(Taken::is_replayed).collect()
}

#[tokio::test]
async fn a_lead_that_is_kept_only_when_the_batch_comes_again_is_taken_in_beside_the_others() {
    let api = Api::start().await;
    let first = send(&api, "body", [not_kept(ANN), kept(BOB)]).await.unwrap();
    let again = send(&api, "body", [kept(ANN), kept(BOB)]).await.unwrap();
    assert_eq!((codes(&first), codes(&again)), (vec![json!(-18), json!(1)], vec![json!(1), json!(1)]));
    assert_eq!((bodies(&again)[1], replayed(&again)), (bodies(&first)[1], vec![false, true]));
    assert_eq!(api.counts().await, [2, 2, 2]);
    let third = send(&api, "body", [kept(ANN), kept(BOB)]).await.unwrap();
    assert_eq!((bodies(&third), replayed(&third)), (bodies(&again), vec![true, true]));
}

#[tokio::test]
async fn a_campaign_that_is_made_between_two_posts_of_a_batch_does_not_part_it_from_its_key() {
    let api = Api::start().await;
    let batch = json!({ "leads": [lead(json!({ "campid": "late" })), lead(json!({ "email": BOB }))] });
    let first = api.post_once("k", &batch).await;
    api.save::<domain::campaign::Campaign>(super::campaign("late", json!({}))).await;
    let again = Api::over(api.tables.clone()).post_once("k", &batch).await;
    assert_eq!((again.status, &again.json["leads"][0]["code"]), (200, &json!(1)), "{}", again.text);
    assert_eq!(again.json["leads"][1], first.json["leads"][1]);
    assert_eq!(api.counts().await, [2, 2, 2]);
}

#[tokio::test]
async fn what_was_kept_once_has_its_answer_whatever_would_be_kept_of_the_batch_today() {
    let api = Api::start().await;
    let first = send(&api, "body", [kept(ANN), kept(BOB)]).await.unwrap();
    for leads in [
        [not_kept(ANN), kept(BOB)],
        [kept(ANN), not_kept(BOB)],
        [not_kept(ANN), not_kept(BOB)],
        [Err(Vec::new()), not_kept(BOB)],
    ] {
        let again = send(&api, "body", leads).await.unwrap();
        assert_eq!((bodies(&again), replayed(&again)), (bodies(&first), vec![true, true]));
    }
    assert_eq!(api.counts().await, [2, 2, 2]);
}

#[tokio::test]
async fn another_body_under_the_key_of_a_batch_takes_nothing_in_whichever_lead_has_bound_it() {
    let api = Api::start().await;
    send(&api, "body", [not_kept(ANN), kept(BOB)]).await.unwrap();
    let before = api.items().await;
    for leads in [
        [kept(ANN), kept("eve@example.com")],
        [not_kept(ANN), kept("eve@example.com")],
        [not_kept(ANN), not_kept("eve@example.com")],
    ] {
        let problem = send(&api, "other", leads).await.err().unwrap();
        assert_eq!((problem.status.as_u16(), problem.code), (422, "idempotency_key_reused"));
    }
    assert_eq!(api.items().await, before);
}
