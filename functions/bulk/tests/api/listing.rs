//! Jobs looked at and listed.

use lambda::list::cursor;
use lambda::test_api::pounds;
use serde_json::{Value, json};

use crate::{
    harness::{Api, PATH, at_once, id_of, update_payout, with},
    leads::{id, open, sold},
};

#[tokio::test]
async fn a_job_is_shown_as_it_was_ordered_and_with_how_far_it_is() {
    let api = Api::start().await;
    api.put(&[sold(1), open(2)]).await;
    let order = with(&update_payout("7.00"), json!({ "search": { "campid": ["solar"], "q": ["person"] } }));
    let view = api.post(PATH, &order).await.expect(202);
    let expected = json!({
        "job_id": view["job_id"], "key_id": "seller", "action": "update_payout",
        "params": { "payout": pounds("7.00"), "reason": "agreed" }, "dry_run": false,
        "search": { "campid": ["solar"], "q": ["person"] }, "state": "selecting",
        "created_at": view["created_at"], "updated_at": view["created_at"],
        "total": 0, "done": 0, "changed": 0, "skipped": 0, "skipped_for": {}, "failed": 0, "moved": [],
    });
    assert_eq!(view, expected);
    let job = id_of(&view);
    assert_eq!(api.told(), [job]);
    assert_eq!(api.job(job).await, view);

    api.turn(job, at_once()).await.unwrap();
    let over = api.job(job).await;
    let expected = with(
        &expected,
        json!({
            "state": "done", "updated_at": over["updated_at"], "ended_at": over["ended_at"], "total": 2, "done": 2,
            "changed": 1, "skipped": 1, "skipped_for": { "not_earned": 1 }, "moved": [{ "revenue": pounds("0.00"), "payout": pounds("2.00") }],
            // Texts may name a person, and are kept no longer than they are needed.
            "search": { "campid": ["solar"] },
        }),
    );
    assert!(over["ended_at"].as_str() >= over["created_at"].as_str());
    assert_eq!(over, expected);
}

#[tokio::test]
async fn leads_that_are_named_are_counted_from_the_beginning() {
    let api = Api::start().await;
    let form = with(&update_payout("7.00"), json!({ "lead_ids": [id(1), id(2)], "dry_run": true }));
    let view = api.post(PATH, &form).await.expect(202);
    assert_eq!((&view["state"], &view["total"], &view["dry_run"]), (&json!("running"), &json!(2), &json!(true)));
    assert_eq!(view.get("search"), None);
}

#[tokio::test]
async fn what_is_no_job_is_not_found() {
    let api = Api::start().await;
    let unknown = id_of(&json!({ "job_id": "bulk_00000000000000000000000001" }));
    for path in [format!("{PATH}/{unknown}"), format!("{PATH}/{unknown}/outcomes"), format!("{PATH}/nonsense")] {
        assert_eq!(api.get(&path).await.refusal(), "404 not_found", "{path}");
    }
    assert_eq!(api.cancelled(unknown).await.refusal(), "404 not_found");
    assert!(api.turn(unknown, at_once()).await.is_ok(), "its message is of no use");
}

#[tokio::test]
async fn jobs_are_listed_newest_first_page_by_page() {
    let api = Api::start().await;
    assert_eq!(api.get(PATH).await.ok(), json!({ "items": [], "next_cursor": null }));
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(api.ordered_for(&update_payout("7.00"), &[id(1)]).await);
    }
    let (mut listed, mut query, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = api.get(&format!("{PATH}?limit=2{query}")).await.ok();
        let items = page["items"].as_array().unwrap().iter();
        listed.extend(items.map(|item| (item["created_at"].as_str().unwrap().to_owned(), id_of(item))));
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("&cursor={cursor}");
    }
    assert_eq!((pages, listed.is_sorted_by(|one, next| one >= next)), (3, true), "{listed:?}");
    let mut ids: Vec<_> = listed.into_iter().map(|(_, job)| job).collect();
    ids.sort_unstable();
    made.sort_unstable();
    assert_eq!(ids, made);
    let of_outcomes = cursor(format!("{}#0.1", made[0]));
    for query in [format!("cursor={of_outcomes}"), "cursor=*".to_owned(), "limit=0".to_owned(), "what=1".to_owned()] {
        assert_eq!(api.get(&format!("{PATH}?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_job_that_nobody_can_read_does_not_hide_the_others() {
    let api = Api::start().await;
    let (one, other) = (
        api.ordered_for(&update_payout("7.00"), &[id(1)]).await,
        api.ordered_for(&update_payout("8.00"), &[id(1)]).await,
    );
    api.tables.spoil(&api.tables.tables().leads, (&format!("bulk_job#{one}"), "job"), "ac").await;
    let page = api.get(PATH).await.ok();
    let shown: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|item| &item["job_id"]).collect();
    assert_eq!((shown, page["unreadable"].as_array().unwrap().len()), (vec![&json!(other)], 1), "{page}");
}
