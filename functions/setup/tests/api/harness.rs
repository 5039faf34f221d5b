//! The API called with the first key, and records that pass every check.

use std::ops::Deref;

use domain::address::Reach;
use lambda::test_api::{self, Answer, identity};
use serde_json::{Value, json};
use setup::{App, FirstKey};
use store::test_tables::TestTables;

/// The first key of every test's installation.
pub(crate) const ROOT: &str = "vk_root_first-secret";

/// A function instance.
#[derive(Clone)]
pub(crate) struct Api(test_api::Api);

impl Api {
    /// Over new tables, called with the first key.
    pub(crate) async fn start() -> Self {
        Self::over(TestTables::start().await, Reach::PublicOnly)
    }

    /// One more instance, with caches of its own. What it says of a request is the same each time.
    pub(crate) fn over(tables: TestTables, reach: Reach) -> Self {
        let app = App::new(tables.store(), FirstKey::of("first-secret".into()), identity(), reach);
        Self(test_api::Api::over(tables, app).with_header("x-correlation-id", "test").with_key(ROOT))
    }

    /// The same instance, called with another key; none is `""`.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self(self.0.with_key(key))
    }

    pub(crate) async fn put(&self, path: &str, version: u64, body: &Value) -> Answer {
        self.ask("PUT", path, &[("If-Match", &format!("\"{version}\""))], Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &[], None).await
    }

    /// Makes something that must be makeable.
    pub(crate) async fn made(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{path} {body}: {:#}", answer.json);
        answer.json
    }

    /// A key for this role, as its owner got it.
    pub(crate) async fn key_for(&self, form: Value) -> String {
        self.made("/v1/keys", &form).await["key"].as_str().unwrap().to_owned()
    }

    /// A supplier, a buyer, a campaign and a delivery that go together: `s1`, `b1`, `solar`, `d1`.
    pub(crate) async fn furnish(&self) {
        self.made("/v1/suppliers", &supplier("s1")).await;
        self.made("/v1/buyers", &buyer("b1")).await;
        self.made("/v1/campaigns", &campaign("solar")).await;
        self.made("/v1/deliveries", &delivery("d1")).await;
    }
}

impl Deref for Api {
    type Target = test_api::Api;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// `base` with these fields changed; null takes one out.
pub(crate) fn with(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}

pub(crate) fn supplier(sid: &str) -> Value {
    json!({"sid": sid, "name": "Acme Media"})
}

pub(crate) fn buyer(bid: &str) -> Value {
    json!({"bid": bid, "name": "Bright Solar"})
}

pub(crate) fn campaign(campid: &str) -> Value {
    json!({
        "campid": campid,
        "name": "Solar panels",
        "country": "GB",
        "currency": "GBP",
        "payout": {"mode": "buyer_accept", "amount": {"amount": "5.00", "currency": "GBP"}},
    })
}

/// Of buyer `b1` for campaign `solar`.
pub(crate) fn delivery(did: &str) -> Value {
    json!({
        "did": did,
        "name": "Bright Solar CRM",
        "campid": "solar",
        "bid": "b1",
        "price": {"amount": "12.50", "currency": "GBP"},
        "channel": {
            "kind": "http",
            "request": {"url": "https://buyer.example/leads", "fields": {"mail": "{{ lead.email }}"}},
            "answer": {"rules": [{ "then": "accepted", "status": ["200"] }]},
        },
    })
}
