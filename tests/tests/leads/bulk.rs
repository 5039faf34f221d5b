//! Bulk jobs on the deployed template: each action by one order over the API, with what leads, buyers, reports and the journal make of it.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

use crate::returns::{Books, Story};

const DONE_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(50);

fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

pub(super) async fn read(world: &World, path: &str) -> Value {
    world.as_seller(Method::GET, path, &Value::Null).await.expect(200).json
}

/// Orders something, and waits until it is done. The job, as it is shown then.
pub(super) async fn done(world: &World, order: &Value) -> Value {
    let ordered = world.as_seller(Method::POST, "/v1/bulk", order).await.expect(202).json;
    let path = format!("/v1/bulk/{}", ordered["job_id"].as_str().unwrap());
    let started = Instant::now();
    loop {
        let job = read(world, &path).await;
        if job["state"] == "done" {
            return job;
        }
        assert!(started.elapsed() < DONE_WITHIN, "{job:#}");
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// The same, with a dry run before, which says what the job then does, and without which nothing is moved.
async fn looked_at_and_done(world: &World, order: &Value) -> Value {
    let mut dry = order.clone();
    dry["dry_run"] = json!(true);
    let (seen, job) = (done(world, &dry).await, done(world, order).await);
    for figure in ["total", "done", "changed", "skipped", "failed", "moved"] {
        assert_eq!(seen[figure], job[figure], "{figure}: {seen:#} {job:#}");
    }
    job
}

/// Checks what a job says that it changed, and what that moved.
fn has_changed(job: &Value, leads: u64, moved: Option<(&str, &str)>) {
    let counts = [&job["total"], &job["changed"], &job["skipped"], &job["failed"]].map(|count| count.as_u64().unwrap());
    assert_eq!(counts, [leads, leads, 0, 0], "{job:#}");
    let expected = moved.map(|(revenue, payout)| json!({ "revenue": pounds(revenue), "payout": pounds(payout) }));
    assert_eq!(job["moved"], json!(Vec::from_iter(expected)), "{job:#}");
}

/// The lead, once its history says that this job has done that to it; once, and nobody else.
async fn told(world: &World, lead_id: &str, job: &Value, what: &str) -> Value {
    let own = |lead: &Value| {
        let entries = lead["history"].as_array().into_iter().flatten();
        entries.filter(|entry| entry["what"] == what).cloned().collect::<Vec<_>>()
    };
    let lead = world.lead_when(lead_id, |lead| !own(lead).is_empty()).await;
    let entries = own(&lead);
    assert_eq!(entries.len(), 1, "{lead:#}");
    assert_eq!((&entries[0]["by"], &entries[0]["job_id"]), (&json!("seller"), &job["job_id"]), "{lead:#}");
    let outcomes = read(world, &format!("/v1/bulk/{}/outcomes", job["job_id"].as_str().unwrap())).await;
    let outcome = outcomes["items"].as_array().unwrap().iter().find(|item| item["lead_id"] == lead_id).unwrap();
    assert_eq!(outcome["outcome"], "changed", "{outcomes:#}");
    lead
}

async fn of_one_buyer() -> Story {
    Story::of(1, &[json!({ "window_days": 30 })]).await
}

/// A story in which leads from outside Leeds are put aside, with one of them.
async fn with_one_aside() -> (Story, String) {
    let mut story = of_one_buyer().await;
    let filter = json!({ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["LS"] } });
    story.world.change_campaign(json!({ "filters": [{ "filter": filter, "otherwise": "quarantine" }] })).await;
    let answer = story.world.post(&story.world.lead(json!({ "postcode": "M1 1AE" }))).await.expect(201);
    assert_eq!(answer.json["status"], "quarantined", "{}", answer.text);
    let lead_id = answer.lead_id();
    (story, lead_id)
}

#[tokio::test]
async fn what_a_buyer_failed_to_take_is_sent_to_it_again() {
    let mut world = World::new().await;
    let down = || Reply::new(500, "down");
    let buyer = TestBuyer::answering([down(), down(), down(), Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    assert_eq!(world.settled(&lead_id).await["sold_status"], "unsold");
    let job = done(&world, &json!({ "action": "redeliver", "lead_ids": [lead_id] })).await;
    has_changed(&job, 1, None);
    world.lead_when(&lead_id, |lead| lead["sold_status"] == "sold").await;
    told(&world, &lead_id, &job, "redelivered").await;
    assert_eq!(buyer.requests().len(), 4);
}

#[tokio::test]
async fn sales_are_taken_back() {
    let story = of_one_buyer().await;
    let lead = story.sold(1).await;
    let order = json!({ "action": "return", "params": { "reason": "OTHER" }, "lead_ids": [lead] });
    let job = looked_at_and_done(&story.world, &order).await;
    has_changed(&job, 1, Some(("-12.50", "-5.00")));
    story.add_up(Books { sold: 1, returns: 1, owed: &["0.00"], payout: "0.00" }, &[&lead]).await;
    assert_eq!(told(&story.world, &lead, &job, "returned").await["sold_status"], "returned");
}

#[tokio::test]
async fn what_suppliers_earn_is_put_right_for_all_that_a_search_finds() {
    let story = of_one_buyer().await;
    let leads = [story.sold(1).await, story.sold(1).await];
    let order = json!({
        "action": "update_payout", "params": { "payout": pounds("7.00"), "reason": "agreed" },
        "search": { "campid": [story.world.reference("c")] },
    });
    let job = looked_at_and_done(&story.world, &order).await;
    has_changed(&job, 2, Some(("0.00", "4.00")));
    let ids = [leads[0].as_str(), leads[1].as_str()];
    story.add_up(Books { sold: 2, returns: 0, owed: &["25.00"], payout: "14.00" }, &ids).await;
    for lead in ids {
        told(&story.world, lead, &job, "payout_updated").await;
    }
    let again = done(&story.world, &order).await;
    assert_eq!((&again["changed"], &again["skipped"]), (&json!(0), &json!(2)), "{again:#}");
}

#[tokio::test]
async fn what_buyers_pay_is_put_right() {
    let story = of_one_buyer().await;
    let lead = story.sold(1).await;
    let params = json!({ "revenue": pounds("10.00"), "reason": "agreed", "bid": story.bid(1) });
    let order = json!({ "action": "update_revenue", "params": params, "lead_ids": [lead] });
    let job = looked_at_and_done(&story.world, &order).await;
    has_changed(&job, 1, Some(("-2.50", "0.00")));
    story.add_up(Books { sold: 1, returns: 0, owed: &["10.00"], payout: "5.00" }, &[&lead]).await;
    told(&story.world, &lead, &job, "revenue_updated").await;
}

#[tokio::test]
async fn what_was_put_aside_is_released_and_sold() {
    let (story, lead) = with_one_aside().await;
    let job = looked_at_and_done(&story.world, &json!({ "action": "release", "lead_ids": [lead] })).await;
    has_changed(&job, 1, None);
    story.add_up(Books { sold: 1, returns: 0, owed: &["12.50"], payout: "5.00" }, &[&lead]).await;
    told(&story.world, &lead, &job, "released").await;
    assert_eq!(story.requests(1), 1);
}

#[tokio::test]
async fn what_was_put_aside_is_turned_away() {
    let (story, lead) = with_one_aside().await;
    let order = json!({ "action": "reject", "params": { "reason": "not reachable" }, "lead_ids": [lead] });
    let job = looked_at_and_done(&story.world, &order).await;
    has_changed(&job, 1, None);
    let told = told(&story.world, &lead, &job, "turned_away").await;
    assert_eq!(
        (&told["approval"]["status"], &told["approval"]["reason"]),
        (&json!("rejected"), &json!("not reachable"))
    );
    story.add_up(Books { sold: 0, returns: 0, owed: &["0.00"], payout: "0.00" }, &[&lead]).await;
    assert_eq!(story.requests(1), 0);
}

#[tokio::test]
async fn leads_are_deleted_and_what_was_paid_for_them_stays() {
    let story = of_one_buyer().await;
    let (gone, stays) = (story.sold(1).await, story.sold(1).await);
    let job = looked_at_and_done(&story.world, &json!({ "action": "delete", "lead_ids": [gone] })).await;
    has_changed(&job, 1, None);
    let told = told(&story.world, &gone, &job, "deleted").await;
    assert_eq!((&told["fields"], &told["sold_status"]), (&json!({}), &json!("sold")), "{told:#}");
    assert!(told["deleted_at"].is_string(), "{told:#}");
    let found = read(&story.world, &format!("/v1/leads?campid={}", story.world.reference("c"))).await;
    let found: Vec<_> = found["items"].as_array().unwrap().iter().map(|lead| &lead["lead_id"]).collect();
    assert_eq!(found, [&json!(stays)], "a search finds what is left");
    story.add_up(Books { sold: 2, returns: 0, owed: &["25.00"], payout: "10.00" }, &[&gone, &stays]).await;
    let again = done(&story.world, &json!({ "action": "delete", "lead_ids": [gone] })).await;
    assert_eq!((&again["changed"], &again["skipped"]), (&json!(0), &json!(1)), "{again:#}");
}
