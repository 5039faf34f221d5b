//! Jobs that are called off: before anybody is at them, while somebody is, in the hands of the dead, and too late.

use std::time::Duration;

use bulk::worker::Pace;
use domain::{
    bulk::Ordered,
    consent::Spoken,
    id::{BulkJobId, LeadId},
    lead::{Actor, Lead},
};
use jiff::{SignedDuration, tz::TimeZone};
use lambda::test_api::identity;
use serde_json::{Value, json};
use store::{BulkChunk, BulkOutcome, Commit, TakenJob};

use crate::{
    harness::{Api, HELD, at_once, figures, moved, step_by_step, take_back, update_payout, with},
    leads::{id, sold},
};

async fn with_sold(count: u16) -> (Api, Vec<LeadId>) {
    let api = Api::start().await;
    let leads: Vec<Lead> = (1..=count).map(sold).collect();
    api.put(&leads).await;
    (api, leads.iter().map(|lead| lead.id).collect())
}

async fn edits(api: &Api, ids: &[LeadId]) -> Vec<usize> {
    api.leads(ids).await.iter().map(|lead| lead.edits.len()).collect()
}

/// Calls a job off that is not over.
async fn called_off(api: &Api, job: BulkJobId) -> Value {
    let view = api.cancelled(job).await.ok();
    assert_eq!(view["state"], "cancelling");
    view
}

#[tokio::test]
async fn a_job_that_nobody_has_begun_touches_nothing() {
    let search = json!({ "search": { "campid": ["solar"] } });
    for (meant, total) in [(json!({ "lead_ids": [id(1), id(2)] }), 2), (search, 0)] {
        let (api, ids) = with_sold(2).await;
        let job = api.ordered(&with(&update_payout("7.00"), meant)).await;
        api.told();
        called_off(&api, job).await;
        called_off(&api, job).await;
        assert_eq!(api.told(), [job, job], "somebody has to say that it is over");
        api.turn(job, at_once()).await.unwrap();
        let over = api.job(job).await;
        assert_eq!((&over["state"], over["ended_at"].is_string()), (&json!("cancelled"), true), "{over}");
        assert_eq!(figures(&over), (vec![total, 0, 0, 0, 0], Vec::new()));
        assert_eq!(edits(&api, &ids).await, [0, 0]);
        assert!(api.outcomes(job).await.iter().all(|outcome| outcome == "waiting"));
    }
}

#[tokio::test]
async fn a_job_in_the_middle_keeps_what_it_has_done_and_does_no_more() {
    let (api, ids) = with_sold(6).await;
    let job = api.ordered(&with(&update_payout("7.00"), json!({ "search": { "from": "2026-01-01" } }))).await;
    while api.stored(job).await.tally.changed < 2 {
        assert_eq!(api.told(), [job]);
        api.turn(job, step_by_step()).await.unwrap();
    }
    called_off(&api, job).await;
    api.work(step_by_step()).await;
    let over = api.job(job).await;
    assert_eq!((&over["state"], figures(&over)), (&json!("cancelled"), (vec![6, 2, 2, 0, 0], moved("0.00", "4.00"))));
    // The newest come first.
    assert_eq!(edits(&api, &ids).await, [0, 0, 0, 0, 1, 1]);
    assert_eq!(api.outcomes(job).await, ["changed", "changed", "waiting", "waiting", "waiting", "waiting"]);
}

#[tokio::test]
async fn while_leads_are_looked_for_none_is_changed() {
    let (api, ids) = with_sold(6).await;
    let job = api.ordered(&with(&take_back(), json!({ "search": { "from": "2026-01-01" } }))).await;
    api.told();
    api.turn(job, step_by_step()).await.unwrap();
    assert_eq!(api.stored(job).await.state.word(), "selecting");
    called_off(&api, job).await;
    api.work(step_by_step()).await;
    assert_eq!(api.job(job).await["state"], "cancelled");
    assert!(api.leads(&ids).await.iter().all(|lead| lead.jobs.is_empty()));
}

#[tokio::test]
async fn whoever_is_at_it_notices() {
    let (api, ids) = with_sold(60).await;
    let job = api.ordered(&with(&update_payout("7.00"), json!({ "search": { "from": "2026-01-01" } }))).await;
    api.told();
    let pace = Pace { chunk_leads: 1, saved_every: Duration::ZERO, ..Pace::default() };
    let calls_off = async {
        while api.stored(job).await.chunks_done == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        api.cancelled(job).await.ok()
    };
    let (worked, view) = tokio::join!(api.turn(job, pace), calls_off);
    worked.unwrap();
    assert_eq!(
        (&view["state"], api.told()),
        (&json!("cancelling"), vec![job]),
        "if who is at it has died, somebody has to end it"
    );
    let over = api.job(job).await;
    let changed = usize::try_from(over["changed"].as_u64().unwrap()).unwrap();
    assert_eq!(over["state"], "cancelled");
    assert!((1..60).contains(&changed), "{over}");
    assert_eq!(edits(&api, &ids).await.iter().sum::<usize>(), changed);
    let told = api.outcomes(job).await;
    assert_eq!(told.iter().filter(|outcome| *outcome == "changed").count(), changed);
}

#[tokio::test]
async fn a_job_that_is_over_stays_as_it_is() {
    let (api, ids) = with_sold(1).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    api.work(at_once()).await;
    let over = api.job(job).await;
    assert_eq!((api.cancelled(job).await.ok(), api.job(job).await), (over.clone(), over.clone()));
    assert_eq!((&over["state"], api.told()), (&json!("done"), Vec::new()));
}

#[tokio::test]
async fn a_queue_that_is_away_is_told_when_it_is_called_off_again() {
    let (api, ids) = with_sold(1).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    api.told();
    api.jobs.set_away(true);
    assert_eq!(api.cancelled(job).await.status, 503);
    api.jobs.set_away(false);
    called_off(&api, job).await;
    assert_eq!(api.work(at_once()).await, 1);
    assert_eq!((api.job(job).await["state"].clone(), edits(&api, &ids).await), (json!("cancelled"), vec![0]));
}

/// What a worker does to a lead before it dies.
async fn changed(api: &Api, job: BulkJobId, lead: LeadId) {
    let (job, before, by) = (api.stored(job).await, api.lead(lead).await, Actor::with_job(job));
    let now = lambda::now();
    let ordered = Ordered {
        job: job.id,
        by: &job.by,
        zone: &TimeZone::UTC,
        reasons: &[],
        spoken: &Spoken::default(),
        responder: None,
        now,
    };
    let change = job.action.plan(&before, &ordered).unwrap();
    let done = api.store().carry_out(&before, change, &by, &identity(), now).await.unwrap();
    assert!(matches!(done, Commit::Done(_)));
}

#[tokio::test]
async fn what_the_dead_have_done_is_told_and_nothing_is_added_to_it() {
    let (api, ids) = with_sold(250).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    api.told();
    let now = lambda::now();
    let TakenJob::Mine(mine) = api.store().take_bulk_job(job, now, HELD).await.unwrap() else { unreachable!() };
    // It was through with a row, without having noted it, and died among the next.
    let mut outcomes = Vec::new();
    for lead in &ids[..100] {
        outcomes.push(BulkOutcome::Skipped { code: "unchanged".to_owned(), detail: format!("{lead} is so.") });
    }
    let row = BulkChunk { leads: ids[..100].to_vec(), outcomes: Some(outcomes) };
    assert!(api.store().put_bulk_chunk(&mine, 0, &row).await.unwrap());
    changed(&api, job, ids[120]).await;
    called_off(&api, job).await;
    assert_eq!(api.told(), [job], "once the dead have it no more");

    api.turn_at(job, now + HELD + SignedDuration::from_secs(1), at_once()).await.unwrap();
    let over = api.job(job).await;
    let expected = (vec![250, 200, 1, 199, 0], moved("0.00", "2.00"));
    assert_eq!((&over["state"], figures(&over)), (&json!("cancelled"), expected));
    let outcomes = api.outcomes(job).await;
    assert_eq!((outcomes[99].as_str(), outcomes[119].as_str()), ("unchanged", "cancelled"));
    assert_eq!(outcomes[120], "changed");
    assert_eq!(edits(&api, &ids).await.iter().sum::<usize>(), 1);
}
