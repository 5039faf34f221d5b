//! What others do to leads while a job is at them: they go, nobody can read them, another job has them, or the same one by a second message.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use bulk::worker::Pace;
use domain::{id::LeadId, lead::Lead};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    harness::{Api, HELD, at_once, figures, moved, step_by_step, take_back, update_payout, update_revenue, with},
    leads::{id, sold},
};

/// With so many leads that are sold.
async fn with_sold(count: u16) -> (Api, Vec<LeadId>) {
    let api = Api::start().await;
    let leads: Vec<Lead> = (1..=count).map(sold).collect();
    api.put(&leads).await;
    (api, leads.iter().map(|lead| lead.id).collect())
}

#[tokio::test]
async fn leads_that_are_gone_or_that_nobody_can_read_keep_no_other_from_its_change() {
    for dry_run in [true, false] {
        let (api, ids) = with_sold(4).await;
        let job = api.ordered_for(&with(&update_payout("7.00"), json!({ "dry_run": dry_run })), &ids).await;
        let leads = api.tables.tables().leads;
        let delete = api.tables.client().delete_item().table_name(&leads);
        let delete = delete.key("pk", AttributeValue::S(ids[0].to_string()));
        delete.key("sk", AttributeValue::S("lead".to_owned())).send().await.unwrap();
        api.tables.spoil(&leads, (&ids[2].to_string(), "lead"), "d").await;
        api.work(at_once()).await;
        assert_eq!(api.outcomes(job).await, ["not_found", "changed", "unreadable", "changed"]);
        let job = api.job(job).await;
        assert_eq!((figures(&job), &job["state"]), ((vec![4, 4, 2, 1, 1], moved("0.00", "4.00")), &json!("done")));
    }
}

#[tokio::test]
async fn of_two_jobs_at_once_each_changes_each_lead_once() {
    let (api, ids) = with_sold(40).await;
    let payout = api.ordered_for(&update_payout("7.00"), &ids).await;
    let revenue = api.ordered_for(&update_revenue("10.00"), &ids).await;
    let (one, other) = tokio::join!(api.turn(payout, at_once()), api.turn(revenue, at_once()));
    one.unwrap();
    other.unwrap();
    for lead in api.leads(&ids).await {
        let mut orders: Vec<_> = lead.edits.iter().map(|edit| edit.order.as_str()).collect();
        let mut expected = [payout.to_string(), revenue.to_string()];
        orders.sort_unstable();
        expected.sort_unstable();
        assert_eq!((orders, lead.jobs.len()), (expected.iter().map(String::as_str).collect(), 2));
        assert_eq!((lead.revenue().unwrap().minor, lead.earned_payout().unwrap().minor), (1_000, 700));
    }
    assert_eq!(figures(&api.job(payout).await), (vec![40, 40, 40, 0, 0], moved("0.00", "80.00")));
    assert_eq!(figures(&api.job(revenue).await), (vec![40, 40, 40, 0, 0], moved("-100.00", "0.00")));
}

#[tokio::test]
async fn what_two_jobs_moved_against_each_other_adds_up_to_what_leads_say() {
    let (api, ids) = with_sold(40).await;
    let (up, back) = (api.ordered_for(&update_payout("7.00"), &ids).await, api.ordered_for(&take_back(), &ids).await);
    let (one, other) = tokio::join!(api.turn(up, at_once()), api.turn(back, at_once()));
    one.unwrap();
    other.unwrap();
    let pence = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
    let (mut revenue, mut payout) = (0, 0);
    for job in [up, back] {
        for (of_buyers, of_suppliers) in figures(&api.job(job).await).1 {
            (revenue, payout) = (revenue + pence(&of_buyers), payout + pence(&of_suppliers));
        }
    }
    let (mut owed, mut earned) = (0, 0);
    for lead in api.leads(&ids).await {
        (owed, earned) = (owed + lead.revenue().unwrap().minor, earned + lead.earned_payout().unwrap().minor);
        assert!(lead.edits.len() <= 1 && lead.sales().next().unwrap().2.returns().count() == 1, "{lead:#?}");
    }
    assert_eq!((40 * 1_250 + revenue, 40 * 500 + payout), (owed, earned));
}

#[tokio::test]
async fn of_equal_messages_one_is_worked_on_and_the_others_wait() {
    let (api, ids) = with_sold(150).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    api.told();
    let turns = join_all((0..4).map(|_| api.turn(job, Pace::default()))).await;
    assert!(turns.into_iter().all(|turn| turn.is_ok()));
    let waiting = api.jobs.take();
    assert_eq!((waiting.len(), waiting.iter().all(|message| message.job == job)), (3, true));
    let done = api.job(job).await;
    assert_eq!(
        (figures(&done), &done["state"]),
        ((vec![150, 150, 150, 0, 0], moved("0.00", "300.00")), &json!("done"))
    );
    for lead in api.leads(&ids).await {
        assert_eq!((lead.edits.len(), lead.version), (1, sold(1).version + 1));
    }
    api.turn(job, Pace::default()).await.unwrap();
    assert!(api.told().is_empty(), "those that waited have come to their end, too");
}

#[tokio::test]
async fn a_job_of_a_dead_worker_is_gone_on_with_once_it_is_held_no_more() {
    let (api, ids) = with_sold(3).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    api.told();
    let now = lambda::now();
    api.store().take_bulk_job(job, now, HELD).await.unwrap();
    api.turn_at(job, now + SignedDuration::from_secs(100), at_once()).await.unwrap();
    assert_eq!((api.jobs.take().len(), api.lead(id(1)).await.edits.len()), (1, 0), "it waits");
    api.turn_at(job, now + HELD + SignedDuration::from_secs(1), at_once()).await.unwrap();
    assert_eq!(api.outcomes(job).await, ["changed", "changed", "changed"]);
}

#[tokio::test]
async fn named_leads_go_from_hand_to_hand_a_row_at_a_time() {
    let (api, ids) = with_sold(250).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    let mut done = Vec::new();
    for _ in 0..3 {
        assert_eq!(api.told(), [job]);
        api.turn(job, step_by_step()).await.unwrap();
        let row = api.stored(job).await;
        assert_eq!(row.lease_until, None);
        done.push((row.tally.changed, row.state.word()));
    }
    assert_eq!((done, api.told()), (vec![(100, "running"), (200, "running"), (250, "done")], Vec::new()));
    for lead in api.leads(&ids).await {
        assert_eq!(lead.edits.len(), 1);
    }
}

#[tokio::test]
async fn a_job_is_not_over_while_nobody_can_be_told_to_go_on() {
    let (api, ids) = with_sold(150).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    api.told();
    api.jobs.set_away(true);
    let pace = Pace { within: Duration::ZERO, ..Pace::default() };
    assert!(api.turn(job, pace).await.is_err(), "its message is to come again");
    api.jobs.set_away(false);
    api.turn(job, pace).await.unwrap();
    assert_eq!(figures(&api.job(job).await), (vec![150, 150, 150, 0, 0], moved("0.00", "300.00")));
}
