//! An API with tables of its own, requests in one line, and records that pass every check.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use domain::address::Reach;
use lambda::http::Function;
use lambda_http::tower::ServiceExt;
use serde_json::{Value, json};
use setup::{App, FirstKey};
use store::{Identity, test_tables::TestTables};

/// The first key of every test's installation.
pub(crate) const ROOT: &str = "vk_root_first-secret";

/// A function instance.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) tables: TestTables,
    router: Router,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status with the code of the problem, and the fields that it names with their codes.
    pub(crate) fn refusal(&self) -> String {
        let mut text = format!("{} {}", self.status, self.body["code"].as_str().unwrap_or("-"));
        for error in self.body["errors"].as_array().into_iter().flatten() {
            text.push_str(&format!(" {}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()));
        }
        text
    }
}

impl Api {
    /// Over new tables, called with the first key.
    pub(crate) async fn start() -> Self {
        Self::over(TestTables::start().await, Reach::PublicOnly)
    }

    /// One more instance, with caches of its own.
    pub(crate) fn over(tables: TestTables, reach: Reach) -> Self {
        let app = App::new(tables.store(), FirstKey::of("first-secret".into()), Identity::new("tests".into()), reach);
        Self { tables, router: app.router(), key: ROOT.to_owned() }
    }

    /// The same instance, called with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1_000_000).await.unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap() }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("X-Correlation-Id", "test");
        if !self.key.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.key));
        }
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.map_or_else(Body::empty, |body| body.to_string().into())).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[], Some(body)).await
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
        assert_eq!(answer.status, 201, "{path} {body}: {:#}", answer.body);
        answer.body
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
