//! A small world of a test's own: a campaign, its supplier, its buyers, and the API to act through.

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Map, Value, json};

use crate::{Answer, Deployment, TestBuyer, deployment::client};

/// A lead that nothing is wrong with is settled well within this time.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// A campaign with everything around it, under names that no other test uses.
#[derive(Debug)]
pub struct World {
    /// The system it lives in.
    pub deployment: &'static Deployment,
    http: Client,
    name: String,
    campaign: Value,
    supplier_key: String,
}

impl World {
    /// A campaign for exclusive leads (at most one sale), with a supplier who earns £5.00 once a buyer accepts.
    pub async fn new() -> Self {
        Self::selling(1).await
    }

    /// A campaign whose leads may be sold `max_sales` times.
    pub async fn selling(max_sales: u8) -> Self {
        let deployment = Deployment::get().await;
        let name = lambda::new_lead_id().ulid().to_string().to_lowercase();
        let campaign = json!({
            "campid": format!("c-{name}"), "name": "Solar quotes", "country": "GB", "currency": "GBP",
            "fields": [
                { "name": "firstname", "kind": { "type": "text" }, "required": true },
                { "name": "email", "kind": { "type": "email" }, "required": true },
                { "name": "phone1", "kind": { "type": "phone" }, "required": true },
            ],
            "dedupe": { "fields": ["email"], "window_days": 30 },
            "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
            "max_sales": max_sales, "suppliers": [format!("s-{name}")],
            "distribution": [{ "mode": "all", "deliveries": [] }],
        });
        let mut world = Self { deployment, http: client(), name, campaign, supplier_key: String::new() };
        world.supplier_key = world.new_supplier("s").await;
        world.as_seller(Method::POST, "/v1/campaigns", &world.campaign).await.expect(201);
        world
    }

    /// The reference of one of this world's things: `world.reference("d1")`.
    pub fn reference(&self, short: &str) -> String {
        format!("{short}-{}", self.name)
    }

    /// Sets a supplier up, and returns its key.
    pub async fn new_supplier(&self, short: &str) -> String {
        let sid = self.reference(short);
        self.as_seller(Method::POST, "/v1/suppliers", &json!({ "sid": sid, "name": short })).await.expect(201);
        self.new_key(json!({ "role": "supplier", "sid": sid, "label": "tests" })).await
    }

    /// Makes a key.
    pub async fn new_key(&self, principal: Value) -> String {
        let made = self.as_seller(Method::POST, "/v1/keys", &principal).await.expect(201);
        made.json["key"].as_str().expect("a new key is shown").to_owned()
    }

    /// Puts a buyer that pays `price` at the end of the campaign's line. Its delivery tries up to three times, at once.
    pub async fn add_buyer(&mut self, short: &str, price: &str, endpoint: &TestBuyer) {
        self.add_delivery(short, price, endpoint, json!({})).await;
    }

    /// The same, with more to say about the delivery's request.
    pub async fn add_delivery(&mut self, short: &str, price: &str, endpoint: &TestBuyer, more: Value) {
        let (bid, did) = (self.reference(&format!("b{short}")), self.reference(&format!("d{short}")));
        self.as_seller(Method::POST, "/v1/buyers", &json!({ "bid": bid, "name": short })).await.expect(201);
        let mut request = json!({
            "url": endpoint.url(),
            "fields": {
                "contact.email": "{{ lead.email }}", "contact.phone": "{{ lead.phone1 }}",
                "name": "{{ lead.firstname | upper }}", "lead": "{{ lead.id }}",
            },
        });
        merge(&mut request, more);
        let delivery = json!({
            "did": did, "name": short, "campid": self.reference("c"), "bid": bid,
            "price": { "amount": price, "currency": "GBP" },
            "channel": {
                "kind": "http",
                "request": request,
                "answer": {
                    "rules": [
                        { "then": "accepted", "status": ["200"], "json": { "pointer": "/status", "equals": "accepted" } },
                        { "then": "rejected", "json": { "pointer": "/status", "equals": "rejected" } },
                    ],
                    "reference": { "json": "/id" }, "price": { "json": "/price" }, "reason": { "json": "/reason" },
                },
            },
            "retry": { "delays_s": [0, 0] },
        });
        self.as_seller(Method::POST, "/v1/deliveries", &delivery).await.expect(201);
        let path = format!("/v1/campaigns/{}", self.reference("c"));
        let present = self.as_seller(Method::GET, &path, &Value::Null).await.expect(200);
        self.campaign["distribution"][0]["deliveries"].as_array_mut().expect("a list").push(did.into());
        let version = present.headers.get("etag").expect("a record has a version").clone();
        self.send(
            Method::PUT,
            &path,
            &self.deployment.first_key(),
            &[("if-match", &version)],
            &self.campaign.to_string(),
        )
        .await
        .expect(200);
    }

    /// Changes the campaign. What has read it before may go by what it read for half a minute.
    pub async fn change_campaign(&mut self, changes: Value) {
        merge(&mut self.campaign, changes.clone());
        self.change(&format!("/v1/campaigns/{}", self.reference("c")), changes).await;
    }

    /// Changes a record of the set-up.
    pub async fn change(&self, path: &str, changes: Value) {
        let present = self.as_seller(Method::GET, path, &Value::Null).await.expect(200);
        let version = present.headers.get("etag").expect("a record has a version").clone();
        let mut record = present.json;
        merge(&mut record, changes);
        let headers = [("if-match", version.as_str())];
        self.send(Method::PUT, path, &self.deployment.first_key(), &headers, &record.to_string()).await.expect(200);
    }

    /// A lead for this campaign, with something changed or added.
    pub fn lead(&self, changes: Value) -> Value {
        let mut lead = good_lead(&self.reference("c"));
        merge(&mut lead, changes);
        lead
    }

    /// Posts a lead as the supplier.
    pub async fn post(&self, lead: &Value) -> Answer {
        self.send(Method::POST, "/v1/leads", &self.supplier_key, &[], &lead.to_string()).await
    }

    /// Posts a lead as the supplier, with an idempotency key.
    pub async fn post_once(&self, key: &str, lead: &Value) -> Answer {
        self.send(Method::POST, "/v1/leads", &self.supplier_key, &[("idempotency-key", key)], &lead.to_string()).await
    }

    /// The supplier's key.
    pub fn supplier_key(&self) -> &str {
        &self.supplier_key
    }

    /// Calls the API as the seller.
    pub async fn as_seller(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, &self.deployment.first_key(), &[], &body).await
    }

    /// Reads with somebody's key.
    pub async fn read_as(&self, key: &str, path: &str) -> Answer {
        self.send(Method::GET, path, key, &[], "").await
    }

    /// Calls the API.
    pub async fn send(&self, method: Method, path: &str, key: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.http.request(method, self.deployment.url(path)).bearer_auth(key);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().await.expect("the API can be reached");
        Answer::read(response).await
    }

    /// The lead, as the seller sees it, once `done` says so.
    ///
    /// # Panics
    /// With the lead, when it takes too long.
    pub async fn lead_when(&self, id: &str, done: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let lead = self.as_seller(Method::GET, &format!("/v1/leads/{id}"), &Value::Null).await.expect(200).json;
            if done(&lead) {
                return lead;
            }
            assert!(started.elapsed() < SETTLED_WITHIN, "the lead did not get there: {lead:#}");
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// The lead once it is not open any more.
    pub async fn settled(&self, id: &str) -> Value {
        self.lead_when(id, |lead| lead["sold_status"] != "open").await
    }
}

/// A lead that breaks no rule.
pub fn good_lead(campid: &str) -> Value {
    json!({ "campid": campid, "firstname": "Ann", "email": "ann@example.com", "phone1": "020 7946 0018", "source": "google" })
}

fn merge(into: &mut Value, changes: Value) {
    let (Some(into), Value::Object(changes)) = (into.as_object_mut(), changes) else { return };
    let changes: Map<String, Value> = changes;
    into.extend(changes);
}
