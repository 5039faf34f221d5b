//! Deliveries in the ways that buyers ask for: other bodies, other answers, or no request at all.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// Gives the delivery `d1` of the world another channel.
async fn rewired(world: &World, channel: Value) {
    let path = format!("/v1/deliveries/{}", world.reference("d1"));
    let present = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200);
    let mut delivery = present.json.clone();
    delivery["channel"] = channel;
    let (key, version) = (world.deployment.first_key(), present.headers["etag"].clone());
    world.send(Method::PUT, &path, &key, &[("if-match", &version)], &delivery.to_string()).await.expect(200);
}

/// One buyer that is sent XML with a secret header, and answers in XML.
async fn speaking_xml(reply: Reply) -> (World, TestBuyer) {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([reply]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let channel = json!({
        "kind": "http",
        "request": {
            "url": buyer.url(), "method": "PUT", "secret_headers": { "X-Api-Key": "hush" },
            "body": {
                "format": "template", "content_type": "text/xml; charset=utf-8",
                "text": "<lead id=\"{{ lead.id }}\"><name>{{ lead.firstname }}</name><md5>{{ lead.email | md5 }}</md5></lead>",
            },
        },
        "answer": {
            "rules": [
                { "then": "accepted", "status": ["200"], "xml": { "path": "/answer/@result", "equals": "yes" } },
                { "then": "duplicate", "xml": { "path": "/answer/code", "equals": "9" } },
            ],
            "reference": { "xml": "/answer/lead/@id" }, "redirect_url": { "xml": "/answer/next" },
            "reason": { "xml": "/answer/code" }, "reasons": { "9": "had it in May" },
        },
    });
    rewired(&world, channel).await;
    (world, buyer)
}

#[tokio::test]
async fn a_buyer_that_speaks_xml_is_sold_a_lead_and_says_where_the_person_goes_next() {
    let answer = "<answer result='yes'><lead id='X-7'/><next>https://buyer.example/thanks</next></answer>";
    let (world, buyer) = speaking_xml(Reply::new(200, answer)).await;
    let receipt = world.post(&world.lead(json!({ "firstname": "Ann & Ben" }))).await.expect(201);

    let lead = world.settled(&receipt.lead_id()).await;
    let sale = &lead["deliveries"][0]["sale"];
    assert_eq!(
        (&sale["reference"], &sale["redirect_url"]),
        (&json!("X-7"), &json!("https://buyer.example/thanks")),
        "{lead:#}"
    );
    let request = buyer.requests().remove(0);
    assert_eq!(
        (request.headers["content-type"].as_str(), request.headers["x-api-key"].as_str()),
        ("text/xml; charset=utf-8", "hush")
    );
    let name_and_hash = "<name>Ann &amp; Ben</name><md5>257c57037d384ae37ea27a07e8a01665</md5>";
    assert_eq!(request.body, format!("<lead id=\"{}\">{name_and_hash}</lead>", receipt.lead_id()));
}

#[tokio::test]
async fn a_lead_that_the_buyer_had_before_is_a_duplicate_there_in_words_that_people_read() {
    let (world, _buyer) = speaking_xml(Reply::new(200, "<answer result='no'><code>9</code></answer>")).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    let delivery = &lead["deliveries"][0];
    let told = (&delivery["state"], &delivery["reason"], &lead["sold_status"]);
    assert_eq!(told, (&json!("rejected"), &json!("duplicate: had it in May"), &json!("unsold")), "{lead:#}");
}

#[tokio::test]
async fn a_lead_that_its_buyer_collects_is_sold_without_a_request() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("never asked")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    rewired(&world, json!({ "kind": "store" })).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;
    let delivery = &lead["deliveries"][0];
    assert_eq!(
        (&lead["sold_status"], &delivery["attempts"][0]["result"]),
        (&json!("sold"), &json!("taken")),
        "{lead:#}"
    );
    assert_eq!(delivery["sale"]["price"]["amount"], "12.50");
    assert!(buyer.requests().is_empty());
}
