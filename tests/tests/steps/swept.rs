//! Messages that were lost, and found again by the deployed sweeper.

use jiff::SignedDuration;
use serde_json::Value;
use tests::{Reply, TestBuyer, World};

use super::stored_lead;

#[tokio::test]
async fn a_lead_whose_message_was_lost_is_swept_up_and_sold() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead = stored_lead(&world, lambda::now() - SignedDuration::from_mins(3)).await;

    // The schedule may have come first; then this sweep finds nothing left to do.
    let swept: Value = world.deployment.invoke("sweeper", "{}").await;
    assert!(swept["looked_at"].is_u64(), "{swept}");

    let lead = world.settled(&lead.id.to_string()).await;
    assert_eq!(lead["sold_status"], "sold", "{lead:#}");
    assert_eq!(buyer.requests().len(), 1);
    let correlation_id = lead["deliveries"][0]["attempts"][0]["correlation_id"].as_str().unwrap();
    assert!(correlation_id.starts_with("sweep-"), "the request leads to the sweep: {correlation_id}");
}
