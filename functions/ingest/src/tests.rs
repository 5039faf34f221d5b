//! The function over a database of the test's own: what is answered, and what is in the tables afterwards.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod batch_keys;
mod batches;
mod caps;
mod duplicates;
mod once;
mod passed_on;
mod payouts;
mod refused;
mod tallies;
mod test_mode;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use dispatch::test_dispatcher::dispatcher;
use domain::{
    access::{ApiKey, Principal},
    lead::{Lead, Method},
    setup::Record,
};
use jiff::Timestamp;
use lambda::http::Function;
use lambda_http::tower::ServiceExt;
use serde_json::{Value, json};
use store::{DeliveryQueue, Once, test_tables::TestTables};

use crate::{App, form::LeadForm, take_in::Sender};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// One instance of the function. Its campaigns have no deliveries, so its queue is never asked.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) tables: TestTables,
    pub(crate) app: App,
    router: Router,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    /// `422 -5 email:not_an_email`: status, code, and what is wrong with which field.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{} {}", self.status, self.json["code"]).replace('"', "");
        for error in self.json["errors"].as_array().into_iter().flatten() {
            line += &format!(" {}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap());
        }
        line
    }

    pub(crate) fn is_replayed(&self) -> bool {
        self.headers.contains_key("idempotency-replayed")
    }
}

impl Api {
    /// `solar` takes leads of `s1` and of `off`, who is inactive; `closed` takes none any more; `s2` is nowhere.
    pub(crate) async fn start() -> Self {
        let api = Self::over(TestTables::start().await);
        for (sid, active) in [("s1", true), ("s2", true), ("off", false)] {
            api.save::<domain::supplier::Supplier>(json!({ "sid": sid, "name": sid, "active": active })).await;
            api.make_key(sid, Principal::Supplier { sid: sid.parse().unwrap() }).await;
        }
        api.make_key("b1", Principal::Buyer { bid: "b1".parse().unwrap() }).await;
        api.make_key("seller", Principal::Seller).await;
        api.save::<domain::campaign::Campaign>(campaign("solar", json!({}))).await;
        api.save::<domain::campaign::Campaign>(campaign("closed", json!({ "active": false }))).await;
        api
    }

    /// One more instance, with a cache of its own.
    pub(crate) fn over(tables: TestTables) -> Self {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .build();
        let queue = DeliveryQueue::new(aws_sdk_sqs::Client::from_conf(config), "http://127.0.0.1:9/none".to_owned());
        let app = App { dispatcher: dispatcher(tables.store(), queue) };
        Self { tables, router: app.clone().router(), app }
    }

    pub(crate) async fn save<R: Record>(&self, record: Value) {
        self.app.dispatcher.store.save(serde_json::from_value::<R>(record).unwrap(), None).await.unwrap();
    }

    async fn make_key(&self, id: &str, principal: Principal) {
        let secret_sha256 = lambda::auth::secret_sha256(SECRET);
        let (id, label) = (id.parse().unwrap(), id.to_owned());
        let key = ApiKey { id, principal, label, secret_sha256, created: lambda::now(), revoked: None };
        self.app.dispatcher.store.make_key(&key).await.unwrap();
    }

    /// Posts as `who`.
    pub(crate) async fn send(&self, who: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.send_to("/v1/leads", who, headers, body).await
    }

    /// Posts as `who` to this path.
    pub(crate) async fn send_to(
        &self,
        path: &str,
        who: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::post(path).header("authorization", format!("Bearer vk_{who}_{SECRET}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let text = String::from_utf8(to_bytes(body, 10_000_000).await.unwrap().to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, json }
    }

    /// Posts JSON as `s1`.
    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.send("s1", &[("content-type", "application/json")], body.to_string()).await
    }

    /// What `s1` sends with an idempotency key.
    pub(crate) fn once(&self, key: &str, body: &str) -> Once {
        Once {
            principal: sent_at(lambda::now()).principal,
            key: key.to_owned(),
            request: self.app.dispatcher.identity.request(body),
            place: None,
            open_until: None,
        }
    }

    /// Posts JSON as `s1`, with an idempotency key.
    pub(crate) async fn post_once(&self, key: &str, body: &Value) -> Answer {
        self.send("s1", &[("content-type", "application/json"), ("idempotency-key", key)], body.to_string()).await
    }

    /// Every item of the table of leads.
    pub(crate) async fn items(&self) -> Vec<Value> {
        #[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
        let scan = self.tables.client().scan().table_name(self.tables.tables().leads);
        let mut pages = scan.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.unwrap().items.unwrap_or_default() {
                items.push(serde_dynamo::from_item(item).unwrap());
            }
        }
        items
    }

    /// How many leads, claims and idempotency markers there are.
    pub(crate) async fn counts(&self) -> [usize; 3] {
        let items = self.items().await;
        let count = |kind: &str| items.iter().filter(|item| item["pk"].as_str().unwrap().starts_with(kind)).count();
        ["lead_", "claim#", "once#"].map(count)
    }

    /// The lead of a receipt.
    pub(crate) async fn lead(&self, receipt: &Value) -> Lead {
        self.app.dispatcher.store.lead(receipt["lead_id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap()
    }
}

pub(crate) fn campaign(campid: &str, changes: Value) -> Value {
    let campaign = json!({
        "campid": campid, "name": "Solar", "country": "GB", "currency": "GBP",
        "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
        "dedupe": { "fields": ["email"], "window_days": 30 },
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": ["s1", "off"],
    });
    with(campaign, changes)
}

/// A lead that breaks no rule, but for these changes.
pub(crate) fn lead(changes: Value) -> Value {
    with(json!({ "campid": "solar", "email": "ann@example.com" }), changes)
}

fn with(mut base: Value, changes: Value) -> Value {
    base.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    base
}

/// What `s1` sends at this time.
pub(crate) fn sent_at(now: Timestamp) -> Sender {
    Sender { principal: Principal::Supplier { sid: "s1".parse().unwrap() }, method: Method::Api, now }
}

pub(crate) fn form(email: &str) -> LeadForm {
    LeadForm {
        campid: "solar".parse().unwrap(),
        sid: None,
        ssid: None,
        source: None,
        test: false,
        upstream: None,
        via: Vec::new(),
        fields: [("email".to_owned(), email.to_owned())].into(),
    }
}
