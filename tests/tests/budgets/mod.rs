//! What each path may cost, in capacity units and calls; the tables are printed item by item.
//!
//! `cargo test -p tests budgets -- --nocapture --test-threads 1`

mod booking;
mod bulk;
mod consent;
mod credit;
mod delivering;
mod feedback;
mod intake;
mod lead_imports;
mod reading;
mod reporting;
mod responding;
mod return_files;
mod returning;
mod rules;
mod sweeping;
mod telling;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use dispatch::{deliver::Draw, test_dispatcher::dispatcher};
use domain::{id::LeadId, lead::Lead};
use jiff::{SignedDuration, Timestamp};
use lambda::http::Function;
use serde_json::Value;
use store::{DeliveryJob, DeliveryQueue, ExportBucket, LeadExportsQueue, Store, test_tables::TestTables};
use tests::{
    Deployment,
    capacity::Meter,
    furnished::{furnish, key_of, numbered_lead},
};
use tower::ServiceExt;

/// An installation with a meter between its functions and AWS.
struct Metered {
    meter: Meter,
    store: Store,
    queue: DeliveryQueue,
    ingest: Router,
    search: Router,
}

impl Metered {
    /// With these buyers. The functions are cold: they have read nothing of the set-up yet.
    async fn new(endpoints: &[&str], dedupes: bool) -> Self {
        Self::over(furnished(endpoints, dedupes).await).await
    }

    /// Over these tables.
    async fn over(tables: TestTables) -> Self {
        let meter = Meter::default();
        let deployment = Deployment::get().await;
        let (_, url) = deployment.own_queue().await;
        let store = Store::new(meter.dynamodb(&tables.client()), tables.tables());
        let (queue, queue_url) = (DeliveryQueue::new(meter.sqs(&deployment.sqs()), url.clone()), url);
        let dispatcher = dispatcher(store.clone(), queue.clone());
        let search = search::App {
            store: store.clone(),
            identity: dispatcher.identity.clone(),
            export_bucket: ExportBucket::new(deployment.s3(), deployment.files_bucket().to_owned()),
            lead_exports_queue: LeadExportsQueue::new(deployment.sqs(), queue_url),
        };
        Self { meter, store, queue, ingest: ingest::App { dispatcher }.router(), search: search.router() }
    }

    /// The same, after a first lead: from now on the functions know the set-up.
    async fn warm(endpoints: &[&str], dedupes: bool) -> Self {
        Self::new(endpoints, dedupes).await.warmed().await
    }

    async fn warmed(self) -> Self {
        self.taken_in(0).await;
        self.meter.bill("the first lead of a cold function");
        self
    }

    /// Asks the API as somebody, and returns the status with the answer.
    async fn ask(&self, role: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        request = request.header("authorization", format!("Bearer {}", key_of(role)));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        // Both have `/v1/leads`, which the API tells apart by the method.
        let function = if method == "GET" { &self.search } else { &self.ingest };
        let (head, body) = function.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1_000_000).await.unwrap();
        (head.status.as_u16(), serde_json::from_slice(&body).unwrap())
    }

    /// Posts a body as the supplier.
    async fn post(&self, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        self.ask("supplier", "POST", "/v1/leads", headers, body).await
    }

    /// Takes the `number`th lead in.
    async fn taken_in(&self, number: usize) -> LeadId {
        let (status, receipt) = self.post(&[], &numbered_lead(number)).await;
        assert_eq!(status, 201, "{receipt}");
        receipt["lead_id"].as_str().unwrap().parse().unwrap()
    }

    /// Handles the message for a lead's delivery at this time.
    async fn deliver(&self, lead_id: LeadId, did: &str, now: Timestamp) -> Lead {
        let worker = dispatcher(self.store.clone(), self.queue.clone());
        let (did, correlation_id) = (did.parse().unwrap(), Some("test".to_owned()));
        let job = DeliveryJob { lead_id, did, bid: None, round: 1, correlation_id };
        let draw = Draw { now, attempt: lambda::new_attempt_id(), jitter_permille: 500 };
        worker.deliver(&job, draw).await.unwrap();
        let lead = self.store.lead(lead_id).await.unwrap().unwrap();
        self.meter.forget_last();
        lead
    }
}

/// Tables with a set-up for these buyers.
async fn furnished(endpoints: &[&str], dedupes: bool) -> TestTables {
    let tables = TestTables::start().await;
    furnish(&tables.store(), endpoints, dedupes).await;
    tables
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now + SignedDuration::from_secs(seconds)
}
