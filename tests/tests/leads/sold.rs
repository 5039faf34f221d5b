//! Leads that are sold.

use serde_json::json;
use tests::{Reply, TestBuyer, World};

#[tokio::test]
async fn a_lead_that_a_buyer_accepts_is_sold_at_the_agreed_price() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-7")]).await;
    world.add_buyer("1", "12.50", &buyer).await;

    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    assert_eq!(
        (&receipt.json["status"], &receipt.json["code"], &receipt.json["payout"], &receipt.json["currency"]),
        (&json!("approved"), &json!(1), &json!("Pending"), &json!("GBP"))
    );

    let lead = world.settled(&receipt.lead_id()).await;
    let delivery = &lead["deliveries"][0];
    assert_eq!((&lead["sold_status"], &lead["delivery_status"]), (&json!("sold"), &json!("full")), "{lead:#}");
    assert_eq!(delivery["sale"]["price"], json!({ "amount": "12.50", "currency": "GBP" }));
    assert_eq!(delivery["sale"]["reference"], "B-7");
    assert_eq!(delivery["attempts"][0]["http_status"], 200);
    assert_eq!(
        lead["financials"],
        json!({
            "revenue": { "amount": "12.50", "currency": "GBP" },
            "payout": { "amount": "5.00", "currency": "GBP" }, "payout_status": "earned",
            "profit": { "amount": "7.50", "currency": "GBP" },
        })
    );

    let requests = buyer.requests();
    let sent: serde_json::Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(
        sent,
        json!({
            "contact": { "email": "ann@example.com", "phone": "+442079460018" },
            "name": "ANN", "lead": receipt.lead_id(),
        })
    );
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn a_price_in_the_buyers_answer_counts_instead_of_the_agreed_one() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept_at("B-8", "19.99")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!(lead["financials"]["revenue"]["amount"], "19.99");
}

#[tokio::test]
async fn a_buyer_that_fails_twice_is_tried_again_and_gets_the_lead_under_the_same_idempotency_key() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::new(503, "busy"), Reply::new(500, "oops"), Reply::accept("B-9")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);

    let lead = world.settled(&receipt.lead_id()).await;
    assert_eq!(lead["sold_status"], "sold", "{lead:#}");
    let attempts = lead["deliveries"][0]["attempts"].as_array().unwrap();
    let statuses: Vec<_> = attempts.iter().map(|attempt| attempt["http_status"].clone()).collect();
    assert_eq!(statuses, [json!(503), json!(500), json!(200)]);

    let keys: Vec<String> = buyer.requests().iter().map(|request| request.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn when_a_buyer_fails_for_good_the_next_in_line_gets_the_lead() {
    let mut world = World::new().await;
    let broken = TestBuyer::answering([Reply::new(500, "oops")]).await;
    let next = TestBuyer::answering([Reply::accept("N-1")]).await;
    world.add_buyer("1", "12.50", &broken).await;
    world.add_buyer("2", "8.00", &next).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);

    let lead = world.settled(&receipt.lead_id()).await;
    let states: Vec<_> =
        lead["deliveries"].as_array().unwrap().iter().map(|delivery| delivery["state"].clone()).collect();
    assert_eq!(states, [json!("failed"), json!("accepted")], "{lead:#}");
    assert_eq!(lead["delivery_status"], "partial");
    assert_eq!(lead["financials"]["revenue"]["amount"], "8.00");
    assert_eq!((broken.requests().len(), next.requests().len()), (3, 1));
}

#[tokio::test]
async fn a_lead_that_may_be_sold_twice_is_sold_to_two_of_three_buyers() {
    let mut world = World::selling(2).await;
    let mut buyers = Vec::new();
    for (short, price) in [("1", "10.00"), ("2", "6.00"), ("3", "4.00")] {
        let buyer = TestBuyer::answering([Reply::accept(short)]).await;
        world.add_buyer(short, price, &buyer).await;
        buyers.push(buyer);
    }
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead = world.lead_when(&receipt.lead_id(), |lead| lead["delivery_status"] == "full").await;
    assert_eq!(lead["financials"]["revenue"]["amount"], "16.00", "{lead:#}");
    assert_eq!(lead["financials"]["payout"]["amount"], "5.00");
    assert_eq!(buyers.iter().map(|buyer| buyer.requests().len()).collect::<Vec<_>>(), [1, 1, 0]);
}

#[tokio::test]
async fn a_form_encoded_delivery_carries_basic_credentials_and_its_own_headers() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("F-1")]).await;
    let more = json!({
        "body": { "format": "form" },
        "headers": { "X-Source": "{{ source }}" },
        "auth": { "kind": "basic", "username": "us", "password": "p:w" },
    });
    world.add_delivery("1", "3.00", &buyer, more).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    world.settled(&receipt.lead_id()).await;

    let request = &buyer.requests()[0];
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.headers["authorization"], "Basic dXM6cDp3");
    assert_eq!(request.headers["x-source"], "google");
    let pairs: Vec<_> = url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
    assert!(pairs.contains(&("contact.phone".to_owned(), "+442079460018".to_owned())), "{pairs:?}");
}
