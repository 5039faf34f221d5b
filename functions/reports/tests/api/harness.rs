//! An API with tables of its own, a key for each role, and requests in one line.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use domain::{
    access::{ApiKey, Principal},
    buyer::Buyer,
    settings::Settings,
    setup::Record,
    supplier::Supplier,
};
use lambda::{
    auth::{format_key, secret_sha256},
    http::Function,
};
use lambda_http::tower::ServiceExt;
use reports::App;
use serde_json::{Value, json};
use store::{Identity, NewKey, Saved, Store, test_tables::TestTables};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A function instance, called by somebody.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) tables: TestTables,
    router: Router,
    caller: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The body of an answer that is one.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The lines of a CSV file.
    pub(crate) fn lines(&self) -> Vec<&str> {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/csv; charset=utf-8; header=present");
        self.text.strip_suffix("\r\n").unwrap().split("\r\n").collect()
    }

    /// The status with the code of the problem, and the fields that it names with their codes.
    pub(crate) fn refusal(&self) -> String {
        let body = self.json();
        let mut text = format!("{} {}", self.status, body["code"].as_str().unwrap_or("-"));
        for error in body["errors"].as_array().into_iter().flatten() {
            text.push_str(&format!(" {}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()));
        }
        text
    }
}

impl Api {
    /// Over new tables, called by the seller, with suppliers `s1` and `s2`, buyer `b1` who pays first, and `b2` who is sent
    /// bills. The account's days are London's.
    pub(crate) async fn start() -> Self {
        let tables = TestTables::start().await;
        let store = tables.store();
        let settings =
            Settings { name: "Agency".to_owned(), time_zone: "Europe/London".to_owned(), ..Settings::default() };
        assert!(matches!(store.save_settings(settings, None).await.unwrap(), Saved::Done(_)));
        for sid in ["s1", "s2"] {
            save::<Supplier>(&store, json!({ "sid": sid, "name": "Acme Media" })).await;
        }
        let credit = json!({ "kind": "prepaid", "currency": "GBP" });
        save::<Buyer>(&store, json!({ "bid": "b1", "name": "Bright Solar", "credit": credit })).await;
        save::<Buyer>(&store, json!({ "bid": "b2", "name": "Warm Homes" })).await;
        for (id, principal) in [
            ("seller", Principal::Seller),
            ("s1", Principal::Supplier { sid: "s1".parse().unwrap() }),
            ("s2", Principal::Supplier { sid: "s2".parse().unwrap() }),
            ("b1", Principal::Buyer { bid: "b1".parse().unwrap() }),
            ("b2", Principal::Buyer { bid: "b2".parse().unwrap() }),
        ] {
            let key = ApiKey {
                id: id.parse().unwrap(),
                principal,
                label: "tests".to_owned(),
                secret_sha256: secret_sha256(SECRET),
                created: lambda::now(),
                revoked: None,
            };
            assert_eq!(store.make_key(&key).await.unwrap(), NewKey::Made);
        }
        Self {
            router: App { store, identity: Identity::new("a secret of tests".to_owned().into()) }.router(),
            tables,
            caller: "seller",
        }
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &'static str) -> Self {
        Self { caller, ..self.clone() }
    }

    pub(crate) fn store(&self) -> Store {
        self.tables.store()
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.caller.is_empty() {
            let key = format_key(&self.caller.parse().unwrap(), SECRET);
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| body.to_string().into());
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, 10_000_000).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None).await
    }

    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[("Idempotency-Key", key)], Some(body)).await
    }
}

async fn save<T: Record>(store: &Store, record: Value) {
    let record: T = serde_json::from_value(record).unwrap();
    assert!(record.check().is_empty(), "{:?}", record.check());
    assert!(matches!(store.save(record, None).await.unwrap(), Saved::Done(_)));
}

pub(crate) fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}
