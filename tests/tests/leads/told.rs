//! Telling, from the lead's row to the supplier's endpoint: through the deployed stream, function and queue.

use std::time::{Duration, Instant};

use domain::access::Principal;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use store::{NotifyJob, Work};
use tests::{Reply, TestBuyer, World};

/// The stream, or the function, is this quick even on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// What `look` finds, once it finds something.
async fn once<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < WITHIN, "what was waited for has not come");
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// Who is told somewhere.
pub(crate) struct Listener {
    who: Principal,
    receiver: TestBuyer,
    secret: String,
}

impl Listener {
    /// The supplier or buyer of this record, told at an endpoint of its own.
    pub(crate) async fn of(world: &World, path: &str, who: Principal) -> Self {
        let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
        world.change(path, json!({ "notify": { "webhook": { "url": receiver.url() } } })).await;
        let form = serde_json::to_value(&who).unwrap();
        let made = world.as_seller(Method::POST, "/v1/webhook-secrets", &form).await.expect(201).json;
        Self { who, receiver, secret: made["secret"].as_str().unwrap().to_owned() }
    }

    /// What it hears first, once its signature is verified. The group would close after a minute; it is closed here.
    pub(crate) async fn hears(&self, world: &World) -> Value {
        let store = world.deployment.store();
        let later = lambda::now() + SignedDuration::from_mins(5);
        let own = |job: &NotifyJob| *job.work.to() == self.who;
        let job = once(async || store.due_work(later, 500).await.unwrap().into_iter().find(own)).await;
        let NotifyJob { due, work: Work::Close { kind, group, .. } } = job else {
            unreachable!("a group is open: {job:?}")
        };
        // Where its minute is over by now, whoever was asked to close it is faster, and goes on with it.
        if let Some(work) = store.close_group(&self.who, kind, &group, due).await.unwrap() {
            world.deployment.notify_queue().send(&[NotifyJob { due, work }]).await.unwrap();
        }

        let request = once(async || self.receiver.requests().into_iter().next()).await;
        let headers = request.headers.iter().map(|(name, value)| {
            let name: axum::http::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        let webhook = standardwebhooks::Webhook::new(&self.secret).unwrap();
        webhook.verify(request.body.as_bytes(), &headers.collect()).unwrap();
        serde_json::from_str(&request.body).unwrap()
    }
}

#[tokio::test]
async fn a_supplier_is_told_of_a_returned_lead_and_why_by_a_signed_request() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let sid = world.reference("s");
    let who = Principal::Supplier { sid: sid.parse().unwrap() };
    let supplier = Listener::of(&world, &format!("/v1/suppliers/{sid}"), who).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    world.settled(&lead_id).await;
    let wish = json!({ "lead_id": lead_id, "reason": "INVALID_PHONE" });
    world.as_seller(Method::POST, "/v1/returns", &wish).await.expect(201);

    let body = supplier.hears(&world).await;
    assert_eq!((&body["type"], &body["count"]), (&json!("returns.returned"), &json!(1)), "{body:#}");
    let item = json!({
        "lead_id": lead_id, "reason": "INVALID_PHONE", "payout_reversed": true,
        "amount": { "amount": "5.00", "currency": "GBP" },
    });
    assert_eq!(body["items"], json!([item]), "nothing of the buyer: {body:#}");

    let path = format!("/v1/notices?to=supplier:{sid}");
    let told = once(async || {
        let items = world.read_as(&world.deployment.first_key(), &path).await.expect(200).json["items"].clone();
        (items[0]["ways"][0]["state"] == "sent").then_some(items)
    });
    let told = told.await;
    assert_eq!(
        (told.as_array().unwrap().len(), &told[0]["kind"], &told[0]["to"]["sid"]),
        (1, &json!("returned"), &json!(sid))
    );
    let elsewhere = world.read_as(&world.deployment.first_key(), "/v1/notices?to=somebody").await.expect(400);
    assert_eq!(elsewhere.json["errors"][0]["field"], "to");
}
