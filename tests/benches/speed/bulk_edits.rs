//! Bulk edits of money: orders for a thousand leads, from the request to the last outcome, against as many bare conditional writes.

use std::time::Instant;

use aws_sdk_dynamodb::Client;
use axum::{body::Body, http::Request};
use bulk::worker;
use comfy_table::Table;
use domain::id::LeadId;
use futures::{StreamExt, stream};
use lambda::http::Function;
use serde_json::json;
use store::{BulkJob, BulkJobState, BulkMessage, Identity, Store, test_tables::TestTables};
use tests::furnished::{furnish, key_of};
use tower::ServiceExt;
use ulid::Ulid;

use crate::{
    aws::Aws,
    bare::{self, CONCURRENCY, Seen},
    figures::{Series, ratio, table},
    return_files::{per_second, sold},
    tables,
};

/// Leads of one order: what it takes up to five minutes for in other systems.
const EACH: usize = 1_000;
/// Rounds, by turns.
const ROUNDS: usize = 5;

/// Measures both, by turns.
pub(crate) async fn measure(aws: &Aws) -> Table {
    let bench = Bench::new(aws).await;
    bench.edited(&bench.sold(0).await, 0).await;
    let shape = bench.seen.first().expect("a lead is edited by one conditional write");
    let (mut bare, mut whole, mut millis, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (some, others) = (bench.sold(2 * round).await, bench.sold(2 * round + 1).await);
        let writes = bare::written(&bench.tables, &shape, &some, false).await;
        let took = bench.edited(&others, round).await;
        let edits = per_second(EACH, took);
        ratios.push(edits * 1_000 / writes.max(1));
        bare.push(writes);
        whole.push(edits);
        millis.push(took.as_millis().try_into().unwrap());
    }
    let millis = Series::new(millis);
    let mut table = table(&["1,000 leads", "per second", "× round by round", "ms in all"]);
    let of_bare = ratio(1, 1);
    table.add_row(["bare conditional writes".to_owned(), Series::new(bare).as_counted(), of_bare, String::new()]);
    let ratios = Series::new(ratios).in_thousands();
    table.add_row([
        "edits of prices by a bulk job".to_owned(),
        Series::new(whole).as_counted(),
        ratios,
        millis.as_counted(),
    ]);
    table
}

/// Tables of its own, with the API and a worker on them.
struct Bench {
    tables: TestTables,
    api: bulk::App,
    worker: worker::App,
    seen: Seen,
}

impl Bench {
    async fn new(aws: &Aws) -> Self {
        let tables = tables::unstreamed().await;
        furnish(&tables.store(), &["http://127.0.0.1:9/"], false).await;
        let seen = Seen::default();
        let db = tables.client().config().to_builder().interceptor(seen.clone()).build();
        let store = Store::new(Client::from_conf(db), tables.tables());
        let identity = Identity::new("a secret of the benchmark".to_owned().into());
        let api = bulk::App {
            store: store.clone(),
            identity: identity.clone(),
            bulk_queue: aws.bulk_queue(),
            lead_exports_queue: aws.lead_exports_queue(),
        };
        let worker = worker::App { store, identity, queue: aws.queue(), bulk_queue: aws.bulk_queue() };
        Self { tables, api, worker, seen }
    }

    /// New leads that are sold, of a millisecond of their own.
    async fn sold(&self, millisecond: usize) -> Vec<LeadId> {
        let (store, now) = (self.tables.store(), lambda::now());
        let at = 1_793_000_000_000 + millisecond as u64;
        let ids: Vec<LeadId> = (0..EACH).map(|lead| LeadId::from_ulid(Ulid::from_parts(at, lead as u128))).collect();
        let put = ids.iter().enumerate().map(|(person, id)| {
            let (lead, store) = (sold(*id, person, now), &store);
            async move { store.put_lead(&lead, 0, &self.worker.identity).await.unwrap() }
        });
        stream::iter(put).buffer_unordered(CONCURRENCY).collect::<()>().await;
        ids
    }

    /// How long it takes from the order to the last outcome, by all of both functions but Lambda's own part and the queue.
    async fn edited(&self, leads: &[LeadId], round: usize) -> std::time::Duration {
        let revenue = json!({ "amount": format!("7.{round:02}"), "currency": "GBP" });
        let params = json!({ "revenue": revenue, "reason": "agreed" });
        let order = json!({ "action": "update_revenue", "params": params, "lead_ids": leads }).to_string();
        let started = Instant::now();
        self.ordered(order).await;
        let job = self.newest().await;
        worker::take(&self.worker, BulkMessage { job: job.id }, lambda::now(), worker::Pace::default()).await.unwrap();
        let took = started.elapsed();
        let done = self.newest().await;
        assert_eq!((done.state, done.tally.changed), (BulkJobState::Done, leads.len() as u64));
        took
    }

    async fn ordered(&self, order: String) {
        let request = Request::post("/v1/bulk").header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {}", key_of("seller")));
        let answer = self.api.clone().router().oneshot(request.body(Body::from(order)).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 202);
    }

    async fn newest(&self) -> BulkJob {
        self.api.store.bulk_jobs(None, 1).await.unwrap().items.remove(0)
    }
}
