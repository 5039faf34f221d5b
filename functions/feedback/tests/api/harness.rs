//! The API with leads that were handed over, and somebody who signs what it says of them.

use std::ops::Deref;

use axum::{body::Body, http::Request};
use dispatch::{deliver::Dispatcher, test_dispatcher::dispatcher, webhook::Webhook};
use domain::{
    access::Principal,
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    feedback::Upstream,
    id::{AttemptId, DeliveryRef, LeadId},
    lead::{Agreed, Lead, Outcome, Terms, test_lead},
    money::Money,
    supplier::Supplier,
};
use feedback::App;
use jiff::{SignedDuration, Timestamp};
use lambda::test_api::{self, Answer, KeptQueue, identity};
use serde_json::{Value, json};
use store::{DeliveryJob, DeliveryQueue, Notice, SaidOfLead, WebhookSecret, test_tables::TestTables};
use ulid::Ulid;

/// What the other installation signs with.
pub(crate) const THEIRS: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// What buyer `b2` signs with.
pub(crate) const BUYERS: &str = "whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
/// What supplier `s1` signs with.
pub(crate) const SUPPLIERS: &str = "whsec_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

/// A function instance, and what it wants done.
#[derive(Clone)]
pub(crate) struct World {
    api: test_api::Api,
    pub(crate) queue: KeptQueue<DeliveryJob>,
}

impl World {
    /// With the campaign `solar`, whose leads go to another installation by `d1`, for buyer `b1`, and then to buyer `b2` by `d2`.
    pub(crate) async fn start() -> Self {
        let (tables, queue) = (TestTables::start().await, KeptQueue::default());
        let dispatcher =
            Dispatcher { identity: identity(), ..dispatcher(tables.store(), queue.opened(DeliveryQueue::new)) };
        let world = Self { api: test_api::Api::with_callers(tables, App { dispatcher }).await.by(""), queue };
        world.save::<Supplier>(json!({ "sid": "s1", "name": "Acme Media" })).await;
        world.save::<Buyer>(json!({ "bid": "b1", "name": "Other" })).await;
        world.save::<Buyer>(json!({ "bid": "b2", "name": "Bright Solar" })).await;
        let price = test_api::pounds("5.00");
        let l2l = json!({
            "kind": "l2l", "url": "https://other.example/v1/leads", "campid": "theirs", "key": "k",
            "feedback_secret": THEIRS, "reasons": { "DUPE": "Duplicate", "BACK": "DUPE", "WP": "WRONG_PERSON" },
        });
        for (did, bid, channel) in [("d1", "b1", l2l), ("d2", "b2", json!({ "kind": "store" }))] {
            let delivery =
                json!({ "did": did, "name": did, "campid": "solar", "bid": bid, "price": price, "channel": channel });
            world.save::<Delivery>(delivery).await;
        }
        let campaign = json!({
            "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP", "fields": [], "suppliers": ["s1"],
            "payout": { "mode": "buyer_accept", "amount": test_api::pounds("2.00") },
            "distribution": [{ "mode": "priority", "deliveries": ["d1", "d2"] }],
        });
        world.save::<Campaign>(campaign).await;
        for (of, secret) in [
            (Principal::Buyer { bid: "b2".parse().unwrap() }, BUYERS),
            (Principal::Supplier { sid: "s1".parse().unwrap() }, SUPPLIERS),
        ] {
            world
                .store()
                .rotate_webhook_secret(&of, &WebhookSecret::new(secret.to_owned()), lambda::now())
                .await
                .unwrap();
        }
        world
    }

    /// A lead that the other installation is being asked about.
    pub(crate) async fn asking(&self, number: u128) -> Lead {
        let lead = asking(number);
        self.put(std::slice::from_ref(&lead)).await;
        lead
    }

    /// A lead that the other installation has taken, and will say more of.
    pub(crate) async fn awaiting(&self, number: u128) -> Lead {
        let lead = awaiting(number);
        self.put(std::slice::from_ref(&lead)).await;
        lead
    }

    pub(crate) async fn lead(&self, id: LeadId) -> Lead {
        self.store().lead(id).await.unwrap().unwrap()
    }

    /// What is kept of something that the other installation said.
    pub(crate) async fn kept(&self, lead: LeadId, id: &str) -> Option<SaidOfLead> {
        self.store().said(lead, Some(&did("d1")), &hashed(id)).await.unwrap()
    }

    /// What the seller was told.
    pub(crate) async fn notices(&self) -> Vec<Notice> {
        self.store().notices(lambda::now(), 10, None, None).await.unwrap().unwrap().items
    }

    /// The other installation says something by `d1`.
    pub(crate) async fn say(&self, id: &str, event: &Value) -> Answer {
        self.signed("?did=d1", (id, THEIRS), event).await
    }

    /// Somebody says something, signed with this secret.
    pub(crate) async fn signed(&self, query: &str, (id, secret): (&str, &str), event: &Value) -> Answer {
        self.signed_at(lambda::now(), query, (id, secret), event).await
    }

    pub(crate) async fn signed_at(
        &self,
        now: Timestamp,
        query: &str,
        (id, secret): (&str, &str),
        event: &Value,
    ) -> Answer {
        let (url, body) = ("https://x.example/".parse().unwrap(), event.to_string());
        let secrets = [WebhookSecret::new(secret.to_owned())];
        let request = (Webhook { url: &url, id, now, body: &body }).signed(&secrets).unwrap().unwrap();
        let mut sent = Request::post(format!("/v1/feedback{query}"));
        for (name, value) in &request.headers {
            sent = sent.header(name.as_str(), value.as_bytes());
        }
        self.send(sent.body(Body::from(request.body)).unwrap()).await
    }
}

impl Deref for World {
    type Target = test_api::Api;

    fn deref(&self) -> &Self::Target {
        &self.api
    }
}

/// As what an id is kept.
pub(crate) fn hashed(id: &str) -> String {
    identity().idempotency_key(id)
}

pub(crate) fn did(name: &str) -> DeliveryRef {
    name.parse().unwrap()
}

pub(crate) fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

/// `{"lead_ref": …, "event": …}`, and more.
pub(crate) fn event(lead: &Lead, event: &str, more: Value) -> Value {
    let mut body = json!({ "lead_ref": lead.id.to_string(), "event": event });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn asking(number: u128) -> Lead {
    let at = |seconds: i64| lambda::now() - SignedDuration::from_secs(60 - seconds);
    let id = LeadId::from_ulid(Ulid(number));
    let upstream = Upstream { url: "https://up.example/".parse().unwrap(), lead_ref: "theirs".to_owned() };
    let lead = Lead { id, upstream: Some(upstream), ..test_lead(domain::time::to_millis(at(0))) };
    let lead = Lead { terms: Terms { max_sales: 1, ..lead.terms }, campid: "solar".parse().unwrap(), ..lead };
    let lead = lead.on_queued(&did("d1"), Some("b1".parse().unwrap()), at(1)).unwrap();
    let attempt = AttemptId::from_ulid(Ulid(number));
    let lead = lead.on_intent(&did("d1"), 1, attempt, at(2), at(120)).unwrap();
    let returns = serde_json::from_value(json!({ "window_days": 30, "reasons": ["DUPE", "OTHER"] })).unwrap();
    lead.agreeing(&did("d1"), Agreed { price: Some(pounds(500)), returns: Some(returns), ..Agreed::default() })
}

fn awaiting(number: u128) -> Lead {
    let (lead, now) = (asking(number), lambda::now());
    let deadline = domain::time::to_millis(now + SignedDuration::from_hours(72));
    let pending = Outcome::Pending { reference: Some("lead_9".to_owned()), deadline };
    lead.on_outcome(&did("d1"), &AttemptId::from_ulid(Ulid(number)), 1, pending, domain::time::to_millis(now)).unwrap()
}
