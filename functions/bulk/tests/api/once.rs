//! The same order twice: one job, whoever died in between.

use domain::id::LeadId;
use lambda::test_api::Answer;
use serde_json::{Value, json};
use store::{BulkChunk, BulkJob, BulkJobState};

use crate::{
    harness::{Api, HELD, PATH, at_once, id_of, update_payout, with},
    leads::{id, sold},
};

const REPLAYED: &str = "idempotency-replayed";

fn form(amount: &str, leads: &[LeadId]) -> Value {
    with(&update_payout(amount), json!({ "lead_ids": leads }))
}

async fn once(api: &Api, form: &Value) -> Answer {
    api.post_once(PATH, "k", form).await
}

#[tokio::test]
async fn the_same_order_is_the_same_job_and_another_under_its_key_is_refused() {
    let api = Api::start().await;
    api.put(&[sold(1), sold(2)]).await;
    let one = form("7.00", &[id(1)]);
    let first = once(&api, &one).await;
    let job = id_of(&first.clone().expect(202));
    let again = once(&api, &one).await;
    assert_eq!((again.status, &again.json, again.header(REPLAYED)), (202, &first.json, "true"));
    assert_eq!(first.header(REPLAYED), "");
    assert_eq!(api.told(), [job, job], "as long as nobody has begun");

    for other in [
        form("8.00", &[id(1)]),
        form("7.00", &[id(2)]),
        with(&one, json!({ "dry_run": true })),
        with(&update_payout("7.00"), json!({ "search": { "from": "2026-01-01" } })),
    ] {
        assert_eq!(once(&api, &other).await.refusal(), "422 idempotency_key_reused", "{other}");
    }
    assert!(api.told().is_empty());
    let leads = api.store().bulk_chunk(job, 0).await.unwrap().unwrap().leads;
    assert_eq!((leads, api.lead(id(2)).await.edits.len()), (vec![id(1)], 0), "the first job's are its own");

    api.turn(job, at_once()).await.unwrap();
    let over = once(&api, &one).await;
    assert_eq!((over.expect(202)["state"].clone(), api.lead(id(1)).await.edits.len()), (json!("done"), 1));
    assert!(api.told().is_empty(), "nothing is left to do");
    assert_ne!(api.ordered(&one).await, api.ordered(&one).await, "without a key each is another");
}

#[tokio::test]
async fn an_order_whose_queue_was_away_is_carried_out_once_it_comes_again() {
    let api = Api::start().await;
    api.put(&[sold(1)]).await;
    let one = form("7.00", &[id(1)]);
    api.jobs.set_away(true);
    assert_eq!(once(&api, &one).await.status, 503);
    api.jobs.set_away(false);
    let job = id_of(&once(&api, &one).await.expect(202));
    assert_eq!(api.told(), [job]);
    assert_eq!(api.get(PATH).await.ok()["items"].as_array().unwrap().len(), 1);
    api.turn(job, at_once()).await.unwrap();
    assert_eq!(api.outcomes(job).await, ["changed"]);
}

#[tokio::test]
async fn a_job_that_somebody_is_at_is_not_sent_again() {
    let api = Api::start().await;
    let one = form("7.00", &[id(1)]);
    let job = id_of(&once(&api, &one).await.expect(202));
    api.told();
    api.store().take_bulk_job(job, lambda::now(), HELD).await.unwrap();
    assert_eq!(once(&api, &one).await.expect(202)["state"], "running");
    assert!(api.told().is_empty());
}

#[tokio::test]
async fn who_died_before_the_leads_were_written_down_is_followed_by_the_same_order_alone() {
    let api = Api::start().await;
    api.put(&[sold(1), sold(2)]).await;
    let one = form("7.00", &[id(1), id(2)]);
    let job = id_of(&once(&api, &one).await.expect(202));
    api.told();
    // As it was before that.
    let written = api.stored(job).await;
    let unwritten = BulkJob { state: BulkJobState::Selecting, total: 0, chunks: 0, ..written.clone() };
    api.store().save_bulk_job(&written, unwritten).await.unwrap().unwrap();
    api.turn(job, at_once()).await.unwrap();
    let left = api.stored(job).await;
    assert_eq!((&left.state, left.lease_until), (&BulkJobState::Selecting, None), "a worker leaves it alone");
    assert_eq!(api.lead(id(1)).await.edits.len(), 0);

    assert_eq!(once(&api, &one).await.expect(202)["total"], 2);
    assert_eq!(api.work(at_once()).await, 1);
    assert_eq!(api.outcomes(job).await, ["changed", "changed"]);
}

#[tokio::test]
async fn who_was_held_up_while_it_wrote_the_leads_down_takes_nothing_back_of_what_was_done_since() {
    let api = Api::start().await;
    api.put(&[sold(1)]).await;
    let job = api.ordered_for(&update_payout("7.00"), &[id(1)]).await;
    api.work(at_once()).await;
    let begun = BulkJob { version: 1, ..api.stored(job).await };
    let late = BulkChunk { leads: vec![id(1)], outcomes: None };
    assert!(!api.store().put_bulk_chunk(&begun, 0, &late).await.unwrap());
    assert_eq!(api.outcomes(job).await, ["changed"]);
}

#[tokio::test]
async fn a_lead_that_is_named_twice_is_one() {
    let api = Api::start().await;
    api.put(&[sold(1), sold(2)]).await;
    let job = api.ordered_for(&update_payout("7.00"), &[id(2), id(1), id(2)]).await;
    api.work(at_once()).await;
    assert_eq!(api.outcomes(job).await, ["changed", "changed"]);
    assert_eq!(api.store().bulk_chunk(job, 0).await.unwrap().unwrap().leads, [id(2), id(1)]);
}
