//! Selling while the supplier waits for the answer.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// A campaign that sells live within five seconds, with a buyer for each of these replies, in order of priority.
async fn live(replies: impl IntoIterator<Item = Reply>) -> (World, Vec<TestBuyer>) {
    let mut world = World::new().await;
    let mut buyers = Vec::new();
    for (at, reply) in replies.into_iter().enumerate() {
        let buyer = TestBuyer::answering([reply]).await;
        let timeout = json!({ "timeout_ms": 2_000 });
        world.add_delivery(&(at + 1).to_string(), "12.50", &buyer, timeout).await;
        buyers.push(buyer);
    }
    world.change_campaign(json!({ "live": { "within_ms": 5_000 } })).await;
    (world, buyers)
}

#[tokio::test]
async fn the_supplier_learns_at_once_that_its_lead_is_sold_what_it_earns_and_where_the_person_goes_next() {
    let accepted = r#"{"status":"accepted","id":"B-2","next":"https://buyer.example/welcome"}"#;
    let (world, buyers) = live([Reply::reject("no"), Reply::new(200, accepted)]).await;
    let second = format!("/v1/deliveries/{}", world.reference("d2"));
    let present = world.as_seller(reqwest::Method::GET, &second, &Value::Null).await.expect(200).json;
    let mut channel = present["channel"].clone();
    channel["answer"]["redirect_url"] = json!({ "json": "/next" });
    world.change(&second, json!({ "channel": channel })).await;

    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let told = &receipt.json;
    assert_eq!(
        (&told["status"], &told["sold_status"], &told["payout"], &told["redirect_url"]),
        (&json!("approved"), &json!("sold"), &json!("5.00"), &json!("https://buyer.example/welcome")),
        "{told:#}"
    );
    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!(lead["sold_status"], "sold");
    assert_eq!(buyers.iter().map(|buyer| buyer.requests().len()).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn the_supplier_learns_at_once_that_nobody_wants_its_lead_and_is_told_the_same_again() {
    let (world, buyers) = live([Reply::reject("no")]).await;
    let lead = world.lead(json!({}));
    let first = world.post_once("live-1", &lead).await.expect(201);
    assert_eq!((&first.json["sold_status"], &first.json["payout"]), (&json!("unsold"), &json!("Pending")));
    let again = world.post_once("live-1", &lead).await.expect(201);
    assert_eq!((first.text, buyers[0].requests().len()), (again.text, 1), "byte for byte, and nobody is asked again");
}

#[tokio::test]
async fn a_buyer_that_may_take_longer_than_the_supplier_waits_is_asked_afterwards_and_once() {
    let slow = Reply::accept("B-1").after(Duration::from_millis(300));
    let (world, buyers) = live([slow, Reply::accept("B-2")]).await;
    let first = format!("/v1/deliveries/{}", world.reference("d1"));
    let present = world.as_seller(reqwest::Method::GET, &first, &Value::Null).await.expect(200).json;
    let mut channel = present["channel"].clone();
    channel["request"]["timeout_ms"] = json!(20_000);
    world.change(&first, json!({ "channel": channel })).await;

    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    assert_eq!(
        (&receipt.json["sold_status"], &receipt.json["payout"], receipt.json.get("redirect_url")),
        (&json!("open"), &json!("Pending"), None)
    );
    assert_eq!(world.settled(&receipt.lead_id()).await["sold_status"], "sold");
    assert_eq!(buyers.iter().map(|buyer| buyer.requests().len()).collect::<Vec<_>>(), [1, 0]);
}
