//! The API over tables of its own, with a key for each role, and a queue that keeps what is sent to it, or is away.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use aws_sdk_s3::{config::Credentials, primitives::SdkBody};
use aws_sdk_sqs::config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use domain::{
    access::{ApiKey, Principal},
    id::LeadExportId,
};
use lambda::{
    auth::{format_key, secret_sha256},
    http::Function,
};
use lambda_http::tower::ServiceExt;
use search::App;
use serde_json::{Value, json};
use store::{ExportBucket, Identity, LeadExportJob, LeadExportsQueue, Store, test_tables::TestTables};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A function instance, called by somebody.
#[derive(Clone)]
pub(crate) struct Api {
    tables: TestTables,
    router: Router,
    caller: &'static str,
    pub(crate) queue: Queue,
}

impl Api {
    /// Over new tables, called by the seller.
    pub(crate) async fn start() -> Self {
        let tables = TestTables::start().await;
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
            tables.store().make_key(&key).await.unwrap();
        }
        let queue = Queue::default();
        let app = App {
            store: tables.store(),
            identity: Identity::new("a secret of tests".to_owned().into()),
            export_bucket: bucket(),
            lead_exports_queue: queue.client(),
        };
        Self { router: app.router(), tables, caller: "seller", queue }
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &'static str) -> Self {
        Self { caller, ..self.clone() }
    }

    pub(crate) fn store(&self) -> Store {
        self.tables.store()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Request::get(path), Body::empty()).await
    }

    pub(crate) async fn post(&self, body: &Value) -> (u16, Value) {
        self.ask(Request::post(super::PATH).header("content-type", "application/json"), body.to_string().into()).await
    }

    pub(crate) async fn post_once(&self, key: &str, body: &Value) -> (u16, Value) {
        let request = Request::post(super::PATH).header("content-type", "application/json");
        self.ask(request.header("idempotency-key", key), body.to_string().into()).await
    }

    async fn ask(&self, request: axum::http::request::Builder, body: Body) -> (u16, Value) {
        let request = match self.caller {
            "" => request,
            caller => request.header("X-Key", format_key(&caller.parse().unwrap(), SECRET)),
        };
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, 1_000_000).await.unwrap();
        (head.status.as_u16(), serde_json::from_slice(&body).unwrap())
    }
}

/// A bucket that nobody reaches: links to it are signed all the same.
fn bucket() -> ExportBucket {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .build();
    ExportBucket::new(aws_sdk_s3::Client::from_conf(config), "files".to_owned())
}

/// What was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue(Arc<State>);

#[derive(Debug, Default)]
struct State {
    sent: Mutex<Vec<LeadExportId>>,
    is_away: AtomicBool,
}

impl Queue {
    fn client(&self) -> LeadExportsQueue {
        let connector = SharedHttpConnector::new(self.clone());
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        LeadExportsQueue::new(aws_sdk_sqs::Client::from_conf(config), "https://sqs.test/exports".to_owned())
    }

    /// The exports that were sent since the last look.
    pub(crate) fn take(&self) -> Vec<LeadExportId> {
        std::mem::take(&mut self.0.sent.lock().unwrap())
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.0.is_away.store(is_away, Ordering::Relaxed);
    }
}

impl HttpConnector for Queue {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if self.0.is_away.load(Ordering::Relaxed) {
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(503.try_into().unwrap(), SdkBody::empty())));
        }
        let asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        assert_eq!(asked["QueueUrl"], "https://sqs.test/exports");
        let job: LeadExportJob = serde_json::from_str(asked["MessageBody"].as_str().unwrap()).unwrap();
        self.0.sent.lock().unwrap().push(job.export);
        let answer = SdkBody::from(json!({ "MessageId": "m" }).to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), answer)))
    }
}
