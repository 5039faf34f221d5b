//! For tests: an HTTP function over tables of its own, called in one line by whom a test names, and queues that keep what is
//! sent to them. What goes wrong here fails the test by a panic.

#![expect(clippy::unwrap_used, reason = "tests only: a test fails by panicking")]

mod answer;
mod document;
mod kept_queue;
mod unreached;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, Request, header::AUTHORIZATION},
};
use domain::{
    access::{ApiKey, Principal},
    finder::finders,
    lead::Lead,
    setup::Record,
};
use lambda_http::tower::ServiceExt;
use serde_json::{Value, json};
use store::{Identity, NewKey, Saved, Store, test_tables::TestTables};

pub use self::{
    answer::Answer,
    document::pointers,
    kept_queue::KeptQueue,
    unreached::{credentials, s3},
};
use crate::{
    auth::{format_key, secret_sha256},
    http::Function,
};

/// The secret of every caller's key.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// One instance of a function, called by somebody.
#[derive(Clone, Debug)]
pub struct Api {
    /// The tables that it is over.
    pub tables: TestTables,
    router: Router,
    /// What every request brings.
    headers: HeaderMap,
}

impl Api {
    /// An instance over these tables, called by nobody.
    pub fn over(tables: TestTables, function: impl Function) -> Self {
        Self { tables, router: function.router(), headers: HeaderMap::new() }
    }

    /// The same, with keys of the seller, of suppliers `s1` and `s2`, and of buyers `b1` and `b2`; called by the seller.
    pub async fn with_callers(tables: TestTables, function: impl Function) -> Self {
        let supplier = |sid: &str| Principal::Supplier { sid: sid.parse().unwrap() };
        let buyer = |bid: &str| Principal::Buyer { bid: bid.parse().unwrap() };
        let store = tables.store();
        for (caller, principal) in [
            ("seller", Principal::Seller),
            ("s1", supplier("s1")),
            ("s2", supplier("s2")),
            ("b1", buyer("b1")),
            ("b2", buyer("b2")),
        ] {
            make_key(&store, caller, principal).await;
        }
        Self::over(tables, function).by("seller")
    }

    /// The same instance, called by somebody else; nobody is `""`.
    #[must_use]
    pub fn by(&self, caller: &str) -> Self {
        let key = if caller.is_empty() { String::new() } else { format_key(&caller.parse().unwrap(), SECRET) };
        self.with_key(&key)
    }

    /// The same instance, called with another key; none is `""`.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        let mut api = self.clone();
        match key {
            "" => api.headers.remove(AUTHORIZATION),
            key => api.headers.insert(AUTHORIZATION, format!("Bearer {key}").parse().unwrap()),
        };
        api
    }

    /// The same instance, called with this header in every request.
    #[must_use]
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut api = self.clone();
        api.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        api
    }

    /// What the tables hold, past the caches of the instance.
    pub fn store(&self) -> Store {
        self.tables.store()
    }

    /// Saves a record of the set-up that passes every check.
    pub async fn save<R: Record>(&self, record: Value) {
        let record: R = serde_json::from_value(record).unwrap();
        assert!(record.check().is_empty(), "{:?}", record.check());
        assert!(matches!(self.store().save(record, None).await.unwrap(), Saved::Done(_)));
    }

    /// Puts leads into the tables, and onto the lists that they are found on.
    pub async fn put(&self, leads: &[Lead]) {
        let (store, identity) = (self.store(), identity());
        for lead in leads {
            store.put_lead(lead, 0, &identity).await.unwrap();
            store.put_finders(&finders(None, lead), &identity).await.unwrap();
        }
    }

    /// Asks with these headers, and with JSON as the body if there is one.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.map_or_else(Body::empty, |body| body.to_string().into())).unwrap()).await
    }

    /// Sends a request as it is, with nothing of the caller's.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Asks to read.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None).await
    }

    /// Asks for something to be made or done.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[], Some(body)).await
    }

    /// The same, as a request that may come again under its key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[("Idempotency-Key", key)], Some(body)).await
    }
}

async fn make_key(store: &Store, caller: &str, principal: Principal) {
    let key = ApiKey {
        id: caller.parse().unwrap(),
        principal,
        label: "tests".to_owned(),
        secret_sha256: secret_sha256(SECRET),
        created: crate::now(),
        revoked: None,
    };
    assert_eq!(store.make_key(&key).await.unwrap(), NewKey::Made);
}

/// The key of what people are found by, and of cursors.
pub fn identity() -> Identity {
    Identity::new("a secret of tests".to_owned().into())
}

/// An amount, as answers give it.
pub fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}
