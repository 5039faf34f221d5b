//! Feedback through the deployed functions: what is told to who sent a lead, and what is heard of who got one.

use std::time::{Duration, Instant};

use domain::access::Principal;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// The stream, the queue and the worker are this quick even on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// The first so many requests that somebody gets, once they have come.
async fn requests(of: &TestBuyer, many: usize) -> Vec<tests::Request> {
    let started = Instant::now();
    loop {
        let there = of.requests();
        if there.len() >= many {
            return there;
        }
        assert!(started.elapsed() < WITHIN, "only {} have come: {there:?}", there.len());
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// What a request says, if it is signed with this secret.
fn verified(request: &tests::Request, secret: &str) -> Value {
    let headers = request.headers.iter().map(|(name, value)| {
        let name: axum::http::HeaderName = name.parse().unwrap();
        (name, value.parse().unwrap())
    });
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    webhook.verify(request.body.as_bytes(), &headers.collect()).unwrap();
    serde_json::from_str(&request.body).unwrap()
}

#[tokio::test]
async fn who_sent_a_lead_hears_that_it_is_sold_and_that_it_came_back() {
    let mut world = World::new().await;
    world.add_buyer("1", "12.50", &TestBuyer::answering([Reply::accept("B-1")]).await).await;
    let upstream = TestBuyer::answering([Reply::new(200, r#"{"result":"applied"}"#)]).await;
    let who = Principal::Supplier { sid: world.reference("s").parse().unwrap() };
    let form = serde_json::to_value(&who).unwrap();
    let made = world.as_seller(Method::POST, "/v1/webhook-secrets", &form).await.expect(201).json;
    let secret = made["secret"].as_str().unwrap();
    let lead = world.lead(json!({ "feedback_url": upstream.url(), "feedback_ref": "theirs-7" }));
    let lead_id = world.post(&lead).await.expect(201).lead_id();

    let told = verified(&requests(&upstream, 1).await[0], secret);
    assert_eq!((&told["lead_ref"], &told["reference"]), (&json!("theirs-7"), &json!(lead_id)));
    let five = json!({ "amount": "5.00", "currency": "GBP" });
    assert_eq!((&told["event"], &told["revenue"]), (&json!("sold"), &five), "what its supplier earns");
    let wish = json!({ "lead_id": lead_id, "reason": "DUPE", "reverse_payout": true });
    world.as_seller(Method::POST, "/v1/returns", &wish).await.expect(201);
    let both = requests(&upstream, 2).await;
    let told = verified(&both[1], secret);
    assert_eq!((&told["event"], &told["code"]), (&json!("returned"), &json!("DUPE")));
    assert_ne!(both[0].headers["webhook-id"], both[1].headers["webhook-id"]);
    let shown = world.lead_when(&lead_id, |lead| lead["feedback"]["told"] == "returned").await;
    assert_eq!((&shown["method"], &shown["feedback"]["answer"]), (&json!("l2l"), &json!("applied")), "{shown:#}");
}

#[tokio::test]
async fn a_lead_that_another_installation_takes_is_sold_once_it_says_so_and_found_by_that() {
    let mut world = World::new().await;
    let receipt = json!({
        "lead_id": "lead_theirs", "status": "approved", "code": 1, "message": "OK", "payout": "Pending", "currency": "GBP",
    });
    let other = TestBuyer::answering([Reply::new(201, &receipt.to_string())]).await;
    let (bid, did, secret) = (world.reference("b"), world.reference("d"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    world.as_seller(Method::POST, "/v1/buyers", &json!({ "bid": bid, "name": "Other" })).await.expect(201);
    let delivery = json!({
        "did": did, "name": "Other", "campid": world.reference("c"), "bid": bid,
        "price": { "amount": "4.00", "currency": "GBP" },
        "channel": {
            "kind": "l2l", "url": other.url(), "campid": "theirs", "key": "vk_k1_theirs", "feedback_secret": secret,
        },
    });
    let made = world.as_seller(Method::POST, "/v1/deliveries", &delivery).await.expect(201).json;
    assert!(made["channel"]["key"].is_null() && made["channel"]["feedback_secret"].is_null(), "{made:#}");
    world.change_campaign(json!({ "distribution": [{ "mode": "priority", "deliveries": [did] }] })).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    let state = |lead: &Value| lead["deliveries"][0]["state"].clone();
    world.lead_when(&lead_id, |lead| state(lead) == "awaiting_feedback").await;

    let sent = requests(&other, 1).await.remove(0);
    assert_eq!(sent.headers["authorization"], "Bearer vk_k1_theirs");
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!((&body["campid"], &body["feedback_ref"]), (&json!("theirs"), &json!(lead_id)));
    let url = body["feedback_url"].as_str().unwrap();
    let path = &url[url.find("/v1/feedback").unwrap()..];
    assert_eq!(url, world.deployment.url(&format!("/v1/feedback?did={did}")));
    let said = json!({ "lead_ref": lead_id, "reference": "lead_theirs", "event": "sold",
        "revenue": { "amount": "4.50", "currency": "GBP" } })
    .to_string();
    let (at, webhook) = (lambda::now().as_second(), standardwebhooks::Webhook::new(secret).unwrap());
    let signature = webhook.sign("e1", at, said.as_bytes()).unwrap();
    let at = at.to_string();
    let headers = [("webhook-id", "e1"), ("webhook-timestamp", at.as_str()), ("webhook-signature", signature.as_str())];
    let heard = world.send(Method::POST, path, "", &headers, &said).await.expect(200).json;
    assert_eq!(heard["result"], "applied", "{heard:#}");
    let forged = world.send(Method::POST, path, "", &headers, &said.replace("4.50", "9.50")).await;
    assert_eq!(forged.status, 401, "{}", forged.text);

    let sold = world.lead_when(&lead_id, |lead| lead["history"].to_string().contains("feedback")).await;
    assert_eq!((state(&sold), &sold["deliveries"][0]["feedback"][0]["result"]), (json!("accepted"), &json!("applied")));
    assert_eq!(sold["financials"]["revenue"], json!({ "amount": "4.50", "currency": "GBP" }), "{sold:#}");
    let found = format!("/v1/leads?activity=feedback&campid={}", world.reference("c"));
    let found = world.as_seller(Method::GET, &found, &Value::Null).await.expect(200).json;
    assert_eq!(found["items"][0]["lead_id"], lead_id, "{found:#}");
}
