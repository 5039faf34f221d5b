//! An API with tables of its own, a key for each role, and requests in one line.

use std::sync::{Arc, Mutex};

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use domain::{
    access::{ApiKey, Principal},
    buyer::Buyer,
    finder::finders,
    id::LeadId,
    lead::Lead,
    settings::Settings,
    setup::Record,
    supplier::Supplier,
};
use lambda::{
    auth::{format_key, secret_sha256},
    http::Function,
};
use lambda_http::tower::ServiceExt;
use returns::App;
use serde_json::{Value, json};
use store::{DeliveryJob, DeliveryQueue, Identity, NewKey, ReturnBucket, Saved, Store, test_tables::TestTables};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::file_queue::FileQueue;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A function instance, called by somebody.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) tables: TestTables,
    router: Router,
    caller: &'static str,
    /// What is sent to the queue.
    messages: Arc<Mutex<UnboundedReceiver<DeliveryJob>>>,
    /// The queue of files of returns.
    pub(crate) file_queue: FileQueue,
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

    /// What became of the one return, or of each of several.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        let body = self.json();
        let word = |item: &Value| item["outcome"].as_str().unwrap_or(&self.text).to_owned();
        body["items"].as_array().map_or_else(|| vec![word(&body)], |items| items.iter().map(word).collect())
    }

    /// What the one return is called.
    pub(crate) fn return_id(&self) -> String {
        self.json()["return_id"].as_str().unwrap().to_owned()
    }
}

impl Api {
    /// Over new tables, called by the seller, with suppliers `s1` and `s2` and buyers `b1` and `b2`. The account's days are
    /// London's.
    pub(crate) async fn start() -> Self {
        let tables = TestTables::start().await;
        let store = tables.store();
        let settings =
            Settings { name: "Agency".to_owned(), time_zone: "Europe/London".to_owned(), ..Settings::default() };
        assert!(matches!(store.save_settings(settings, None).await.unwrap(), Saved::Done(_)));
        for sid in ["s1", "s2"] {
            save::<Supplier>(&store, json!({ "sid": sid, "name": "Acme Media" })).await;
        }
        for bid in ["b1", "b2"] {
            save::<Buyer>(&store, json!({ "bid": bid, "name": "Bright Solar" })).await;
        }
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
        Self::over(tables)
    }

    /// One more instance, with a cache of its own.
    fn over(tables: TestTables) -> Self {
        let (sent, messages) = mpsc::unbounded_channel();
        let queue = DeliveryQueue::new(sqs(), "http://127.0.0.1:9/none".to_owned());
        let file_queue = FileQueue::default();
        let app = App {
            store: tables.store(),
            queue: queue.diverting(sent),
            identity: identity(),
            return_bucket: bucket(),
            return_files_queue: file_queue.client(),
        };
        let messages = Arc::new(Mutex::new(messages));
        Self { router: app.router(), tables, caller: "seller", messages, file_queue }
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &'static str) -> Self {
        Self { caller, ..self.clone() }
    }

    pub(crate) fn store(&self) -> Store {
        self.tables.store()
    }

    pub(crate) async fn save<T: Record>(&self, record: Value) {
        save::<T>(&self.store(), record).await;
    }

    /// Puts leads into the tables, and onto the lists of returns.
    pub(crate) async fn put(&self, leads: &[Lead]) {
        for lead in leads {
            self.store().put_lead(lead, 0, &identity()).await.unwrap();
            self.store().put_finders(&finders(None, lead), &identity()).await.unwrap();
        }
    }

    pub(crate) async fn lead(&self, id: LeadId) -> Lead {
        self.store().lead(id).await.unwrap().unwrap()
    }

    /// The deliveries that were asked to take a step.
    pub(crate) fn messages(&self) -> Vec<String> {
        let mut messages = self.messages.lock().unwrap();
        std::iter::from_fn(|| messages.try_recv().ok()).map(|job| job.did.to_string()).collect()
    }

    /// Asks for something that changes these leads, and lets the lists of returns follow, as the stream does.
    pub(crate) async fn posted(&self, leads: &[LeadId], path: &str, body: &Value) -> Answer {
        let mut before = Vec::new();
        for id in leads {
            before.push(self.lead(*id).await);
        }
        let answer = self.post(path, body).await;
        for before in before {
            let after = self.lead(before.id).await;
            self.store().put_finders(&finders(Some(&before), &after), &identity()).await.unwrap();
        }
        answer
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

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[], Some(body)).await
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

pub(crate) fn identity() -> Identity {
    Identity::new("a secret of tests".to_owned().into())
}

pub(crate) fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

/// A client that reaches nothing.
fn sqs() -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

/// A bucket that nobody reaches: forms and links for it are signed all the same.
fn bucket() -> ReturnBucket {
    let credentials = SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests"));
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(credentials.clone())
        .build();
    ReturnBucket::new(aws_sdk_s3::Client::from_conf(config), "files".to_owned(), credentials)
}
