//! What became of each lead, page by page over the rows that it is kept in.

use std::collections::BTreeSet;

use domain::id::{BulkJobId, LeadId};
use lambda::list::cursor;
use serde_json::{Value, json};

use crate::{
    harness::{Api, PATH, at_once, update_payout, with},
    leads::{id, sold},
};

/// More than two rows.
const LEADS: u16 = 250;

/// A job for leads that there are none of, but the last.
async fn job() -> (Api, BulkJobId, Vec<LeadId>) {
    let api = Api::start().await;
    // Not in the order of their ids.
    let ids: Vec<LeadId> = (1..=LEADS).map(|number| id(number * 7 % (LEADS + 1))).collect();
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), usize::from(LEADS));
    let last = (1..=LEADS).find(|number| id(*number) == ids[ids.len() - 1]).unwrap();
    api.put(&[sold(last)]).await;
    let job = api.ordered_for(&update_payout("7.00"), &ids).await;
    (api, job, ids)
}

/// The items of all pages, and how many there are of these.
async fn pages(api: &Api, job: BulkJobId, limit: usize) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut query) = (Vec::new(), 0, String::new());
    loop {
        let page = api.get(&format!("{PATH}/{job}/outcomes?limit={limit}{query}")).await.ok();
        items.extend(page["items"].as_array().unwrap().clone());
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { return (items, pages) };
        query = format!("&cursor={cursor}");
    }
}

fn named(items: &[Value]) -> Vec<LeadId> {
    items.iter().map(|item| item["lead_id"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn every_lead_is_told_of_once_in_its_place_by_pages_of_any_size() {
    let (api, job, ids) = job().await;
    for (limit, expected) in [(1, 250), (7, 36), (50, 5), (100, 3), (125, 2), (200, 2)] {
        let (items, count) = pages(&api, job, limit).await;
        assert_eq!((named(&items), count), (ids.clone(), expected), "{limit}");
        assert!(items.iter().all(|item| item["outcome"] == "waiting" && item.as_object().unwrap().len() == 2));
    }
    assert_eq!(api.work(at_once()).await, 1);
    for limit in [1, 7, 100, 200] {
        let (items, _) = pages(&api, job, limit).await;
        assert_eq!(named(&items), ids, "{limit}");
        let (last, others) = items.split_last().unwrap();
        let gone = |item: &Value| item["outcome"] == "skipped" && item["code"] == "not_found";
        assert!(others.iter().all(|item| gone(item) && item["detail"].is_string()), "{limit}");
        let payout = (&last["outcome"], &last["payout"]["amount"], last.get("code"));
        assert_eq!(payout, (&json!("changed"), &json!("2.00"), None), "{last}");
    }
}

#[tokio::test]
async fn a_cursor_opens_the_job_that_gave_it_and_nothing_else_does() {
    let (api, job, _) = job().await;
    let path = format!("{PATH}/{job}/outcomes");
    let given = api.get(&format!("{path}?limit=7")).await.ok()["next_cursor"].as_str().unwrap().to_owned();
    let other = api.ordered_for(&update_payout("7.00"), &[id(1)]).await;
    assert_eq!(api.get(&format!("{PATH}/{other}/outcomes?cursor={given}")).await.status, 400, "another job's");
    assert_eq!(api.get(&format!("{PATH}?cursor={given}")).await.status, 400, "the list of jobs");
    for last in ["", "0", "0.", ".0", "a.0", "0.b", "-1.0", "0.0.0"] {
        let broken = cursor(format!("{job}#{last}"));
        assert_eq!(api.get(&format!("{path}?cursor={broken}")).await.status, 400, "{last}");
    }
    for query in [format!("cursor={given}x*"), "limit=201".to_owned(), "limit=0".to_owned(), "state=x".to_owned()] {
        assert_eq!(api.get(&format!("{path}?{query}")).await.status, 400, "{query}");
    }
    // Behind the last there is nothing.
    let end = api.get(&format!("{path}?cursor={}", cursor(format!("{job}#9.0")))).await.ok();
    assert_eq!(end, json!({ "items": [], "next_cursor": null }));
}

#[tokio::test]
async fn leads_that_are_being_looked_for_are_told_of_as_far_as_they_are_found() {
    let api = Api::start().await;
    let job = api.ordered(&with(&update_payout("7.00"), json!({ "search": { "from": "2026-01-01" } }))).await;
    assert_eq!(pages(&api, job, 50).await, (Vec::new(), 1));
}
