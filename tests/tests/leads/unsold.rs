//! Leads that nobody buys, or of which nobody knows.

use std::time::Duration;

use serde_json::json;
use tests::{Reply, TestBuyer, World};

#[tokio::test]
async fn a_rejected_lead_is_unsold_and_shows_the_buyers_reason() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::reject("outside our area")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);

    let lead = world.settled(&receipt.lead_id()).await;
    let delivery = &lead["deliveries"][0];
    assert_eq!((&lead["sold_status"], &lead["delivery_status"]), (&json!("unsold"), &json!("fail")), "{lead:#}");
    assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("rejected"), &json!("outside our area")));
    assert_eq!(lead["financials"]["revenue"]["amount"], "0.00");
    assert_eq!(lead["financials"]["payout_status"], "pending");
}

#[tokio::test]
async fn an_exclusive_lead_whose_buyer_never_answered_is_sold_to_nobody_else() {
    let mut world = World::new().await;
    let silent = TestBuyer::answering([Reply::accept("late").after(Duration::from_secs(120))]).await;
    let next = TestBuyer::answering([Reply::accept("N-1")]).await;
    world.add_delivery("1", "12.50", &silent, json!({ "timeout_ms": 4_000 })).await;
    world.add_buyer("2", "8.00", &next).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);

    let unknown = |lead: &serde_json::Value| lead["deliveries"][0]["state"] == "unknown";
    let lead = world.lead_when(&receipt.lead_id(), unknown).await;
    assert_eq!((&lead["sold_status"], &lead["delivery_status"]), (&json!("open"), &json!("sending")), "{lead:#}");
    assert_eq!(lead["deliveries"][0]["attempts"][0]["result"], "no_answer");
    assert_eq!(lead["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!((silent.requests().len(), next.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_buyer_that_recognises_repeats_is_asked_again_after_it_did_not_answer() {
    let mut world = World::new().await;
    let slow = Reply::accept("first").after(Duration::from_secs(120));
    let buyer = TestBuyer::answering([slow, Reply::accept("second")]).await;
    world.add_delivery("1", "12.50", &buyer, json!({ "timeout_ms": 4_000, "idempotent": true })).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);

    let lead = world.settled(&receipt.lead_id()).await;
    let attempts = lead["deliveries"][0]["attempts"].as_array().unwrap();
    assert_eq!(lead["deliveries"][0]["sale"]["reference"], "second", "{lead:#}");
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0]["attempt_id"], attempts[1]["attempt_id"]);
    let requests = buyer.requests();
    assert_eq!(requests[0].headers["idempotency-key"], requests[1].headers["idempotency-key"]);
}

#[tokio::test]
async fn a_success_that_no_rule_recognises_is_not_taken_for_a_sale() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::new(200, "<html>Thank you</html>")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    let delivery = &lead["deliveries"][0];
    assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("rejected"), &json!("unrecognised")), "{lead:#}");
    assert_eq!(lead["sold_status"], "unsold");
}

#[tokio::test]
async fn without_a_delivery_a_lead_is_taken_and_unsold() {
    let world = World::new().await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!((&lead["sold_status"], &lead["delivery_status"]), (&json!("unsold"), &json!("blank")));
}
