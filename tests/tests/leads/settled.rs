//! Unknown deliveries that the seller decides.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Reply, TestBuyer, World};

/// A world with a lead whose first buyer never answered, and a second buyer that would take it.
async fn unknown() -> (World, String, TestBuyer) {
    let mut world = World::new().await;
    let silent = TestBuyer::answering([Reply::accept("late").after(Duration::from_secs(120))]).await;
    let next = TestBuyer::answering([Reply::accept("N-1")]).await;
    world.add_delivery("1", "12.50", &silent, json!({ "timeout_ms": 4_000 })).await;
    world.add_buyer("2", "8.00", &next).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    world.lead_when(&lead_id, |lead| lead["deliveries"][0]["state"] == "unknown").await;
    (world, lead_id, next)
}

fn path(world: &World, lead_id: &str) -> String {
    format!("/v1/leads/{lead_id}/deliveries/{}/settle", world.reference("d1"))
}

async fn settle(world: &World, lead_id: &str, body: Value) -> Answer {
    world.as_seller(Method::POST, &path(world, lead_id), &body).await
}

fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

#[tokio::test]
async fn an_unknown_delivery_that_the_buyer_has_is_sold_and_nobody_else_gets_the_lead() {
    let (world, lead_id, next) = unknown().await;
    let settled = settle(&world, &lead_id, json!({ "outcome": "sold" })).await.expect(200);
    assert_eq!(
        settled.json,
        json!({
            "lead_id": lead_id, "did": world.reference("d1"), "bid": world.reference("b1"), "state": "accepted",
            "since": settled.json["since"], "revenue": pounds("12.50"),
        })
    );
    let lead = world.settled(&lead_id).await;
    assert_eq!((&lead["sold_status"], &lead["financials"]["revenue"]), (&json!("sold"), &pounds("12.50")), "{lead:#}");
    assert_eq!(lead["financials"]["payout_status"], "earned");
    assert_eq!((lead["deliveries"].as_array().unwrap().len(), next.requests().len()), (1, 0));
}

#[tokio::test]
async fn an_unknown_delivery_that_the_buyer_does_not_have_goes_to_the_next_in_line() {
    let (world, lead_id, next) = unknown().await;
    let body = json!({ "outcome": "unsold", "reason": "not in their system" });
    let settled = settle(&world, &lead_id, body).await.expect(200);
    assert_eq!((&settled.json["state"], &settled.json["reason"]), (&json!("rejected"), &json!("not in their system")));
    let lead = world.settled(&lead_id).await;
    let states: Vec<_> = lead["deliveries"].as_array().unwrap().iter().map(|own| own["state"].clone()).collect();
    assert_eq!(states, [json!("rejected"), json!("accepted")], "{lead:#}");
    assert_eq!((&lead["financials"]["revenue"], next.requests().len()), (&pounds("8.00"), 1));
}

#[tokio::test]
async fn the_same_decision_twice_is_answered_alike_and_another_one_is_refused() {
    let (world, lead_id, _) = unknown().await;
    let sold = json!({ "outcome": "sold", "revenue": pounds("9.99") });
    let first = settle(&world, &lead_id, sold.clone()).await.expect(200);
    let again = settle(&world, &lead_id, sold).await.expect(200);
    assert_eq!(first.text, again.text);
    for other in [json!({ "outcome": "sold", "revenue": pounds("10.00") }), json!({ "outcome": "unsold" })] {
        let refused = settle(&world, &lead_id, other).await.expect(409);
        assert_eq!(refused.json["code"], "settled_otherwise", "{}", refused.text);
    }
    let lead = world.settled(&lead_id).await;
    assert_eq!(lead["financials"]["revenue"], pounds("9.99"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let (world, lead_id, _) = unknown().await;
    let euros = json!({ "amount": "12.50", "currency": "EUR" });
    for (body, code, field) in [
        (json!({ "outcome": "sold", "revenue": euros }), "wrong_currency", "revenue"),
        (json!({ "outcome": "sold", "revenue": pounds("-1") }), "invalid", "revenue"),
        (json!({ "outcome": "sold", "reason": "why" }), "invalid", "reason"),
        (json!({ "outcome": "unsold", "revenue": pounds("1") }), "invalid", "revenue"),
        (json!({ "outcome": "perhaps" }), "invalid_body", "outcome"),
        (json!({ "outcome": "sold", "price": "1" }), "invalid_body", "price"),
    ] {
        let refused = settle(&world, &lead_id, body).await.expect(422);
        assert_eq!((&refused.json["code"], &refused.json["errors"][0]["field"]), (&json!(code), &json!(field)));
    }
    let sold = json!({ "outcome": "sold" });
    for strange in [
        path(&world, "lead_01JD3QZ8000000000000000003"),
        path(&world, "nonsense"),
        format!("/v1/leads/{lead_id}/deliveries/{}/settle", world.reference("d2")),
        format!("/v1/leads/{lead_id}/deliveries/a%20b/settle"),
    ] {
        world.as_seller(Method::POST, &strange, &sold).await.expect(404);
    }
    let lead = world.lead_when(&lead_id, |_| true).await;
    assert_eq!(lead["deliveries"][0]["state"], "unknown", "{lead:#}");
}

#[tokio::test]
async fn only_the_seller_settles_and_only_what_is_unknown() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::new(503, "busy")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    let failed = world.settled(&lead_id).await;
    assert_eq!(failed["deliveries"][0]["state"], "failed", "{failed:#}");
    let refused = settle(&world, &lead_id, json!({ "outcome": "sold" })).await.expect(409);
    assert_eq!(refused.json["code"], "not_awaited");

    let buyers_key = world.new_key(json!({ "role": "buyer", "bid": world.reference("b1"), "label": "crm" })).await;
    let sold = json!({ "outcome": "sold" }).to_string();
    for key in [world.supplier_key(), &buyers_key] {
        let refused = world.send(Method::POST, &path(&world, &lead_id), key, &[], &sold).await.expect(403);
        assert_eq!(refused.json["code"], "seller_only");
    }
    world.send(Method::POST, &path(&world, &lead_id), "vk_nobody_nothing", &[], &sold).await.expect(401);
}
