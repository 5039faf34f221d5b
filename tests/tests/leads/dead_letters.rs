//! Messages that the delivery function gave up: looked at, and sent again.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};
use tokio::sync::Mutex;

use crate::steps::stored_lead;

/// There is one dead-letter queue, and a redrive takes whatever is in it: one test at a time.
pub(super) static ALONE: Mutex<()> = Mutex::const_new(());

/// Puts a message where those go that failed eight times; returns what SQS calls it.
async fn give_up(world: &World, body: &str) -> String {
    let sqs = world.deployment.sqs();
    let sent = sqs.send_message().queue_url(world.deployment.dead_letters_url()).message_body(body).send().await;
    sent.unwrap().message_id.unwrap()
}

/// The dead letter of this id in the list, if it is there. A look of another test at the same moment may hide it for a second.
async fn listed(world: &World, message_id: &str) -> Option<Value> {
    let list = world.as_seller(Method::GET, "/v1/dead-letters", &Value::Null).await.expect(200).json;
    assert!(list["in_queue"].is_u64(), "{list:#}");
    list["items"].as_array().unwrap().iter().find(|item| item["message_id"] == message_id).cloned()
}

async fn listed_in_the_end(world: &World, message_id: &str) -> Value {
    for _ in 0..20 {
        if let Some(letter) = listed(world, message_id).await {
            return letter;
        }
    }
    panic!("{message_id} is not in the list");
}

async fn redrive(world: &World) -> Value {
    world.as_seller(Method::POST, "/v1/dead-letters/redrive", &json!({ "limit": 50 })).await.expect(200).json
}

#[tokio::test]
async fn a_dead_letter_is_listed_without_being_taken_away_and_moves_its_lead_on_once_it_is_sent_again() {
    let _alone = ALONE.lock().await;
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead = stored_lead(&world, lambda::now()).await;
    let did = world.reference("d1");
    let job = json!({ "lead_id": lead.id, "did": did, "round": 1, "correlation_id": "given-up" });
    let message_id = give_up(&world, &job.to_string()).await;

    let first = listed_in_the_end(&world, &message_id).await;
    let second = listed_in_the_end(&world, &message_id).await;
    for (letter, at_least) in [(&first, 1), (&second, 2)] {
        assert_eq!((&letter["readable"], &letter["lead_id"]), (&json!(true), &json!(lead.id)));
        assert_eq!((&letter["did"], &letter["round"]), (&json!(did), &json!(1)));
        assert_eq!(letter["correlation_id"], "given-up");
        assert!(letter["since"].is_string() && letter["received"].as_u64() >= Some(at_least), "{letter}");
    }

    let mut moved = 0;
    while listed(&world, &message_id).await.is_some() {
        moved += redrive(&world).await["moved"].as_u64().unwrap();
    }
    assert!(moved >= 1);
    let lead = world.settled(&lead.id.to_string()).await;
    assert_eq!((&lead["sold_status"], buyer.requests().len()), (&json!("sold"), 1), "{lead:#}");
    assert_eq!(lead["deliveries"][0]["attempts"][0]["correlation_id"], "given-up");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_listed_without_its_text_and_stays_where_it_is() {
    let _alone = ALONE.lock().await;
    let world = World::new().await;
    let message_id = give_up(&world, r#"{"email":"ann@example.com"}"#).await;
    let letter = listed_in_the_end(&world, &message_id).await;
    let expected = json!({
        "message_id": message_id, "readable": false, "since": letter["since"], "received": letter["received"],
    });
    assert_eq!(letter, expected);

    let mut unreadable = 0;
    while unreadable == 0 {
        let done = redrive(&world).await;
        unreadable = done["unreadable"].as_u64().unwrap();
        assert!(done["failed"] == 0 && done["left"].is_u64(), "{done}");
    }
    listed_in_the_end(&world, &message_id).await;
}

#[tokio::test]
async fn only_the_seller_sees_and_moves_dead_letters_and_not_more_than_a_thousand_at_once() {
    let world = World::new().await;
    let key = world.supplier_key();
    world.read_as(key, "/v1/dead-letters").await.expect(403);
    world.send(Method::POST, "/v1/dead-letters/redrive", key, &[], "{}").await.expect(403);
    for limit in [0, 1_001] {
        let body = json!({ "limit": limit });
        let refused = world.as_seller(Method::POST, "/v1/dead-letters/redrive", &body).await.expect(422);
        assert_eq!(refused.json["errors"][0]["field"], "limit");
    }
}
