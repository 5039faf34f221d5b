//! Leads that a search finds: all that there were when the job was ordered, written down before the first is changed.

use bulk::worker::Pace;
use domain::lead::{Lead, SoldStatus};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    harness::{Api, at_once, figures, moved, step_by_step, take_back, update_payout, with},
    leads::{id, open, sold, sold_at},
};

/// With seven leads, of which five are sold.
async fn crowd() -> Api {
    let api = Api::start().await;
    api.put(&[sold(1), open(2), sold(3), sold(4), open(5), sold(6), sold(7)]).await;
    api
}

fn all_sold(order: &Value) -> Value {
    with(order, json!({ "search": { "campid": ["solar"], "sold_status": ["sold"] } }))
}

/// Whether the leads that are sold at first were changed, and those that are not were not.
async fn is_done_to_the_sold(api: &Api) -> bool {
    let ids: Vec<_> = (1..=7).map(id).collect();
    let changed: Vec<bool> = api.leads(&ids).await.iter().map(|lead| lead.jobs.len() == 1).collect();
    changed == [true, false, true, true, false, true, true]
}

#[tokio::test]
async fn what_stops_matching_by_the_job_itself_is_changed_all_the_same() {
    for (pace, turns) in [(at_once(), 1), (step_by_step(), 5)] {
        let api = crowd().await;
        let job = api.ordered(&all_sold(&take_back())).await;
        let took = api.work(pace).await;
        let done = api.job(job).await;
        assert_eq!(
            (figures(&done), &done["state"]),
            ((vec![5, 5, 5, 0, 0], moved("-62.50", "-25.00")), &json!("done"))
        );
        assert!(is_done_to_the_sold(&api).await && took >= turns, "{took}");
        assert_eq!(api.outcomes(job).await, ["changed"; 5]);
        for lead in [1, 3, 4, 6, 7] {
            assert_eq!(api.lead(id(lead)).await.sold_status(), SoldStatus::Returned);
        }
    }
}

#[tokio::test]
async fn what_comes_in_after_the_order_is_not_the_jobs() {
    let api = crowd().await;
    let job = api.ordered(&all_sold(&update_payout("7.00"))).await;
    let late: Vec<Lead> =
        (0..3).map(|number| sold_at(100 + number, lambda::now() + SignedDuration::from_secs(number.into()))).collect();
    api.put(&late[..1]).await;
    assert_eq!(api.told(), [job]);
    api.turn(job, step_by_step()).await.unwrap();
    api.put(&late[1..]).await;
    api.work(step_by_step()).await;
    assert_eq!(figures(&api.job(job).await), (vec![5, 5, 5, 0, 0], moved("0.00", "10.00")));
    assert!(is_done_to_the_sold(&api).await);
    for lead in late {
        assert_eq!(api.lead(lead.id).await.edits.len(), 0);
    }
}

#[tokio::test]
async fn none_is_changed_before_all_are_written_down() {
    let api = crowd().await;
    let job = api.ordered(&all_sold(&update_payout("7.00"))).await;
    let mut totals = Vec::new();
    while api.stored(job).await.state.word() == "selecting" {
        assert_eq!(api.told(), [job]);
        api.turn(job, Pace { chunk_leads: 1, ..step_by_step() }).await.unwrap();
        let row = api.stored(job).await;
        totals.push(row.total);
        if row.state.word() == "selecting" {
            assert!(api.lead(id(7)).await.jobs.is_empty());
        }
    }
    assert!(totals.starts_with(&[1, 2, 3, 4]), "{totals:?}");
    api.work(at_once()).await;
    assert!(is_done_to_the_sold(&api).await);
}

#[tokio::test]
async fn a_dry_run_says_of_a_search_what_the_job_does() {
    let api = crowd().await;
    let order = with(&take_back(), json!({ "search": { "campid": ["solar"] } }));
    let dry = api.ordered(&with(&order, json!({ "dry_run": true }))).await;
    api.work(step_by_step()).await;
    let ids: Vec<_> = (1..=7).map(id).collect();
    assert!(api.leads(&ids).await.iter().all(|lead| lead.jobs.is_empty() && lead.version == sold(1).version));
    let job = api.ordered(&order).await;
    api.work(at_once()).await;
    let (dry, job) = (api.job(dry).await, api.job(job).await);
    assert_eq!(figures(&dry), figures(&job));
    assert_eq!(figures(&job), (vec![7, 7, 5, 2, 0], moved("-62.50", "-25.00")));
}

#[tokio::test]
async fn more_leads_than_a_job_may_have_end_it_with_nothing_done() {
    for pace in [at_once(), step_by_step()] {
        let api = crowd().await;
        let job = api.ordered(&all_sold(&take_back())).await;
        api.work(Pace { max_leads: 4, ..pace }).await;
        let view = api.job(job).await;
        assert_eq!((&view["state"], &view["failure"]["code"]), (&json!("failed"), &json!("too_many")), "{view}");
        assert!(view["failure"]["detail"].as_str().unwrap().contains("fewer days"), "{view}");
        assert_eq!((&view["done"], &view["moved"]), (&json!(0), &json!([])));
        for lead in 1..=7 {
            assert!(api.lead(id(lead)).await.jobs.is_empty());
        }
        let most = api.ordered(&all_sold(&take_back())).await;
        api.work(Pace { max_leads: 5, ..pace }).await;
        assert_eq!(api.job(most).await["changed"], 5, "as many as it may");
    }
}

#[tokio::test]
async fn a_search_that_finds_nobody_is_done_at_once() {
    let api = crowd().await;
    let job = api.ordered(&with(&take_back(), json!({ "search": { "campid": ["loans"] } }))).await;
    api.work(at_once()).await;
    let done = api.job(job).await;
    assert_eq!((figures(&done), &done["state"]), ((vec![0; 5], Vec::new()), &json!("done")));
    assert_eq!(api.outcomes(job).await, Vec::<String>::new());
}

#[tokio::test]
async fn leads_that_are_searched_by_a_persons_address_are_found_at_all_times_up_to_now() {
    let api = crowd().await;
    let order = with(&update_payout("7.00"), json!({ "search": { "q": ["person4@example.com"] } }));
    let job = api.ordered(&order).await;
    api.work(at_once()).await;
    assert_eq!(api.lead(id(4)).await.jobs, [job]);
    assert_eq!(api.job(job).await["total"], 1);
}
