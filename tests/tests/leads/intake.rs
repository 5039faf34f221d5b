//! What comes in: duplicates, replays, batches, and what is refused.

use reqwest::Method;
use serde_json::json;
use tests::{Reply, TestBuyer, World};

#[tokio::test]
async fn a_second_lead_of_the_same_person_is_a_duplicate_and_goes_to_nobody() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let first = world.post(&world.lead(json!({}))).await.expect(201);
    let second = world.post(&world.lead(json!({ "email": " ANN@example.com" }))).await.expect(422);

    assert_eq!((&second.json["status"], &second.json["code"]), (&json!("rejected"), &json!(-2)), "{}", second.text);
    assert!(second.json.get("payout").is_none());
    let lead = world.settled(&second.lead_id()).await;
    assert_eq!((&lead["approval"]["status"], &lead["approval"]["code"]), (&json!("rejected"), &json!(-2)));
    assert_eq!(lead["delivery_status"], "blank");
    world.settled(&first.lead_id()).await;
    assert_eq!(buyer.requests().len(), 1);
}

#[tokio::test]
async fn a_replayed_idempotency_key_gets_the_first_answer_byte_for_byte_and_sells_once() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead = world.lead(json!({}));
    let first = world.post_once("order-1", &lead).await.expect(201);
    let again = world.post_once("order-1", &lead).await.expect(201);
    assert_eq!(first.text, again.text);
    assert_eq!(first.headers.get("idempotency-replayed"), None);
    assert_eq!(again.headers.get("idempotency-replayed").map(String::as_str), Some("true"));

    let other = world.post_once("order-1", &world.lead(json!({ "email": "bob@example.com" }))).await.expect(422);
    assert_eq!(other.json["code"], "idempotency_key_reused");
    world.settled(&first.lead_id()).await;
    assert_eq!(buyer.requests().len(), 1);
}

#[tokio::test]
async fn a_rejected_answer_is_replayed_too() {
    let world = World::new().await;
    let bad = world.lead(json!({ "phone1": "12" }));
    let first = world.post_once("order-2", &bad).await.expect(422);
    let again = world.post_once("order-2", &bad).await.expect(422);
    assert_eq!(first.text, again.text);
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let world = World::new().await;
    let bad = json!({ "campid": world.reference("c"), "email": "ann@", "phone1": "0207", "hat_size": "7" });
    let answer = world.post(&bad).await.expect(422);
    let fields: Vec<_> = answer.json["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(answer.json["code"], -5);
    for field in ["email", "phone1", "hat_size", "firstname"] {
        assert!(fields.contains(&json!(field)), "{field} in {fields:?}");
    }
    assert!(!answer.text.contains("ann@"), "errors do not repeat what was sent");
}

#[tokio::test]
async fn markup_is_refused_and_nothing_of_it_is_kept() {
    let world = World::new().await;
    let answer = world.post(&world.lead(json!({ "firstname": "<script>alert(1)</script>" }))).await.expect(422);
    assert_eq!((&answer.json["code"], answer.json.get("lead_id")), (&json!(-18), None));
}

#[tokio::test]
async fn a_form_encoded_lead_is_taken_as_well() {
    let world = World::new().await;
    let body = format!("campid={}&firstname=Ann&email=ann%40example.com&phone1=020+7946+0018", world.reference("c"));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let receipt = world.send(Method::POST, "/v1/leads", world.supplier_key(), &headers, &body).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!((&lead["method"], &lead["fields"]["email"]), (&json!("form"), &json!("ann@example.com")));
}

#[tokio::test]
async fn in_a_batch_every_lead_has_its_own_receipt_in_order() {
    let world = World::new().await;
    let leads = json!({ "leads": [
        world.lead(json!({ "email": "a@example.com" })),
        world.lead(json!({ "email": "nonsense" })),
        world.lead(json!({ "email": "b@example.com", "campid": "no-such-campaign" })),
        world.lead(json!({ "email": "c@example.com" })),
    ]});
    let answer = world.post_once("batch-1", &leads).await.expect(200);
    let codes: Vec<_> =
        answer.json["leads"].as_array().unwrap().iter().map(|receipt| receipt["code"].clone()).collect();
    assert_eq!(codes, [json!(1), json!(-5), json!(-7), json!(1)], "{}", answer.text);
    let again = world.post_once("batch-1", &leads).await.expect(200);
    assert_eq!(answer.text, again.text);
}

#[tokio::test]
async fn the_seller_enters_a_lead_for_a_supplier_by_hand() {
    let world = World::new().await;
    let lead = world.lead(json!({ "sid": world.reference("s") }));
    let receipt = world.as_seller(Method::POST, "/v1/leads", &lead).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!((&lead["method"], &lead["sid"]), (&json!("manual"), &json!(world.reference("s"))));
}

#[tokio::test]
async fn a_supplier_that_the_campaign_does_not_name_is_not_authorised() {
    let world = World::new().await;
    let stranger = world.new_supplier("s2").await;
    let lead = world.lead(json!({})).to_string();
    let answer = world.send(Method::POST, "/v1/leads", &stranger, &[], &lead).await.expect(422);
    assert_eq!(answer.json["code"], -7);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_problems_that_say_what_to_do() {
    let world = World::new().await;
    let key = world.supplier_key();
    let broken = world.send(Method::POST, "/v1/leads", key, &[], "{\"campid\": ").await.expect(400);
    assert_eq!(
        (&broken.json["code"], &broken.headers["content-type"][..]),
        (&json!("invalid_json"), "application/problem+json")
    );
    let text = [("content-type", "text/plain")];
    world.send(Method::POST, "/v1/leads", key, &text, "hello").await.expect(415);
    world.send(Method::POST, "/v1/leads", "vk_nobody_nothing", &[], "{}").await.expect(401);
    let nested = world.lead(json!({ "email": { "a": 1 } }));
    assert_eq!(world.post(&nested).await.expect(422).json["errors"][0]["field"], "email");
    assert_eq!(world.post(&json!({})).await.expect(422).json["errors"][0]["field"], "campid");
}
