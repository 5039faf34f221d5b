//! Who sees what of a lead.

use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

async fn sold() -> (World, String) {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    world.settled(&receipt.lead_id()).await;
    (world, format!("/v1/leads/{}", receipt.lead_id()))
}

#[tokio::test]
async fn a_supplier_does_not_see_that_another_suppliers_lead_exists() {
    let (world, path) = sold().await;
    let stranger = world.new_supplier("s2").await;
    let answer = world.read_as(&stranger, &path).await.expect(404);
    let missing = world.read_as(&stranger, "/v1/leads/lead_01JD3QZ8000000000000000003").await.expect(404);
    let without_id = |mut problem: Value| {
        problem["correlation_id"].take();
        problem
    };
    assert_eq!(without_id(answer.json), without_id(missing.json));
}

#[tokio::test]
async fn a_supplier_sees_its_payout_but_neither_buyers_nor_prices() {
    let (world, path) = sold().await;
    let lead = world.read_as(world.supplier_key(), &path).await.expect(200).json;
    assert_eq!(lead["sold_status"], "sold");
    let money = json!({ "payout": { "amount": "5.00", "currency": "GBP" }, "payout_status": "earned" });
    assert_eq!((&lead["financials"], lead.get("deliveries")), (&money, None));
}

#[tokio::test]
async fn a_buyer_sees_what_it_bought_but_not_what_the_supplier_earns() {
    let (world, path) = sold().await;
    let key = world.new_key(json!({ "role": "buyer", "bid": world.reference("b1"), "label": "crm" })).await;
    let lead = world.read_as(&key, &path).await.expect(200).json;
    assert_eq!(lead["financials"], json!({ "revenue": { "amount": "12.50", "currency": "GBP" } }));
    assert_eq!(lead["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!((lead.get("sid"), lead.get("source")), (None, None));

    let other = TestBuyer::answering([Reply::accept("x")]).await;
    let mut world = world;
    world.add_buyer("2", "1.00", &other).await;
    let key = world.new_key(json!({ "role": "buyer", "bid": world.reference("b2"), "label": "crm" })).await;
    world.read_as(&key, &path).await.expect(404);
}
