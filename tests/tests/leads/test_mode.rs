//! Leads that suppliers send to try the interface out.

use serde_json::json;
use tests::{Reply, TestBuyer, World};

#[tokio::test]
async fn a_test_lead_reads_back_as_one_and_reaches_no_buyer() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;

    let receipt = world.post(&world.lead(json!({ "test": true }))).await.expect(201);
    assert_eq!((&receipt.json["test"], &receipt.json["payout"]), (&json!(true), &json!("0.00")));
    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!((&lead["test"], &lead["sold_status"]), (&json!(true), &json!("unsold")));
    assert_eq!((&lead["approval"]["status"], &lead["delivery_status"]), (&json!("approved"), &json!("blank")));
    let nothing = json!({ "amount": "0.00", "currency": "GBP" });
    assert_eq!(
        lead["financials"],
        json!({ "revenue": nothing, "payout": nothing, "payout_status": "pending", "profit": nothing })
    );

    // The real lead of the same person is no duplicate, and by the time it is sold a test would have gone out as well.
    let real = world.post(&world.lead(json!({}))).await.expect(201);
    let real = world.settled(&real.lead_id()).await;
    assert_eq!((&real["sold_status"], real.get("test")), (&json!("sold"), None));
    assert_eq!(buyer.requests().len(), 1);
}
