//! The API and the worker over the same tables, and queues that keep what is sent to them, or are away.

use std::{ops::Deref, time::Duration};

use bulk::{
    App,
    worker::{self, Pace},
};
use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    id::{BulkJobId, LeadId},
    lead::Lead,
    supplier::Supplier,
};
use jiff::{SignedDuration, Timestamp};
use lambda::test_api::{self, Answer, KeptQueue, identity, pounds};
use serde_json::{Value, json};
use store::{
    BulkJob, BulkMessage, BulkQueue, DeliveryJob, DeliveryQueue, Error, LeadExportJob, LeadExportsQueue,
    test_tables::TestTables,
};

pub(crate) const PATH: &str = "/v1/bulk";
/// Longer than a worker holds a job.
pub(crate) const HELD: SignedDuration = SignedDuration::from_secs(331);
/// Turns after which a job that is not over is called stuck.
const MAX_TURNS: usize = 200;

/// A function instance with the worker behind it, called by somebody.
#[derive(Clone)]
pub(crate) struct Api {
    api: test_api::Api,
    pub(crate) jobs: KeptQueue<BulkMessage>,
    pub(crate) exports: KeptQueue<LeadExportJob>,
    deliveries: KeptQueue<DeliveryJob>,
}

/// All in one turn.
pub(crate) fn at_once() -> Pace {
    Pace { chunk_leads: 2, ..Pace::default() }
}

/// Two leads at a time, of those that are searched for; noted, and handed on after each row.
pub(crate) fn step_by_step() -> Pace {
    Pace { within: Duration::ZERO, saved_every: Duration::ZERO, ..at_once() }
}

impl Api {
    /// Over new tables, called by the seller, with a campaign that gives its leads to `d1` of `b1`.
    pub(crate) async fn start() -> Self {
        let (tables, jobs) = (TestTables::start().await, KeptQueue::default());
        let exports = KeptQueue::default();
        let app = App {
            store: tables.store(),
            identity: identity(),
            bulk_queue: jobs.opened(BulkQueue::new),
            lead_exports_queue: exports.opened(LeadExportsQueue::new),
        };
        let api = test_api::Api::with_callers(tables, app).await;
        api.save::<Supplier>(json!({ "sid": "s1", "name": "Acme Media" })).await;
        api.save::<Buyer>(json!({ "bid": "b1", "name": "Bright Solar" })).await;
        api.save::<Delivery>(json!({
            "did": "d1", "name": "CRM", "campid": "solar", "bid": "b1", "price": pounds("12.50"),
            "channel": {
                "kind": "http",
                "request": { "url": "https://buyer.example/leads", "fields": { "lead": "{{ lead.id }}" } },
                "answer": { "rules": [{ "then": "accepted", "status": ["200"] }] },
            },
        }))
        .await;
        api.save::<Campaign>(json!({
            "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP", "max_sales": 2,
            "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
            "dedupe": { "fields": ["email"], "window_days": 30 },
            "payout": { "mode": "buyer_accept", "amount": pounds("5.00") },
            "suppliers": ["s1"], "distribution": [{ "mode": "all", "deliveries": ["d1"] }],
        }))
        .await;
        Self { api, jobs, exports, deliveries: KeptQueue::default() }
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &str) -> Self {
        Self { api: self.api.by(caller), ..self.clone() }
    }

    /// Orders a job, and returns what it is called.
    pub(crate) async fn ordered(&self, form: &Value) -> BulkJobId {
        id_of(&self.post(PATH, form).await.expect(202))
    }

    /// The same, for these leads.
    pub(crate) async fn ordered_for(&self, order: &Value, leads: &[LeadId]) -> BulkJobId {
        self.ordered(&with(order, json!({ "lead_ids": leads }))).await
    }

    /// A worker's turn with a job.
    pub(crate) async fn turn(&self, job: BulkJobId, pace: Pace) -> Result<(), Error> {
        self.turn_at(job, lambda::now(), pace).await
    }

    /// The same, at this time.
    pub(crate) async fn turn_at(&self, job: BulkJobId, now: Timestamp, pace: Pace) -> Result<(), Error> {
        let app = worker::App {
            store: self.store(),
            identity: identity(),
            queue: self.deliveries.opened(DeliveryQueue::new),
            bulk_queue: self.jobs.opened(BulkQueue::new),
        };
        worker::take(&app, BulkMessage { job }, now, pace).await
    }

    /// Gives the worker what is in the queue, until nothing is. Says how many turns it took.
    pub(crate) async fn work(&self, pace: Pace) -> usize {
        for turns in 0..MAX_TURNS {
            let Some(message) = self.jobs.take().first().copied() else { return turns };
            self.turn(message.job, pace).await.unwrap();
        }
        panic!("not over after {MAX_TURNS} turns");
    }

    /// What is shown of a job.
    pub(crate) async fn job(&self, id: BulkJobId) -> Value {
        self.get(&format!("{PATH}/{id}")).await.ok()
    }

    /// Its row.
    pub(crate) async fn stored(&self, id: BulkJobId) -> BulkJob {
        self.store().bulk_job(id).await.unwrap().unwrap()
    }

    /// What became of its leads, in their order: `changed`, or why not.
    pub(crate) async fn outcomes(&self, id: BulkJobId) -> Vec<String> {
        let told = |item: &Value| item["code"].as_str().or(item["outcome"].as_str()).unwrap().to_owned();
        self.get(&format!("{PATH}/{id}/outcomes?limit=200")).await.ok()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(told)
            .collect()
    }

    pub(crate) async fn lead(&self, id: LeadId) -> Lead {
        self.store().lead(id).await.unwrap().unwrap()
    }

    pub(crate) async fn leads(&self, ids: &[LeadId]) -> Vec<Lead> {
        let mut leads = Vec::new();
        for id in ids {
            leads.push(self.lead(*id).await);
        }
        leads
    }

    /// The jobs that the worker was told of since the last look.
    pub(crate) fn told(&self) -> Vec<BulkJobId> {
        self.jobs.take().into_iter().map(|message| message.job).collect()
    }

    /// The deliveries that were asked to take a step, at once.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.deliveries.take_due().into_iter().map(|job| format!("{} {}", job.did, job.round)).collect()
    }

    pub(crate) async fn cancelled(&self, id: BulkJobId) -> Answer {
        self.ask("POST", &format!("{PATH}/{id}/cancel"), &[], None).await
    }
}

impl Deref for Api {
    type Target = test_api::Api;

    fn deref(&self) -> &Self::Target {
        &self.api
    }
}

/// What a job is called.
pub(crate) fn id_of(view: &Value) -> BulkJobId {
    view["job_id"].as_str().unwrap().parse().unwrap()
}

/// A form with more members.
pub(crate) fn with(form: &Value, more: Value) -> Value {
    let mut form = form.clone();
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form
}

/// The order to change what suppliers earn.
pub(crate) fn update_payout(amount: &str) -> Value {
    json!({ "action": "update_payout", "params": { "payout": pounds(amount), "reason": "agreed" } })
}

/// The order to change what the buyer pays.
pub(crate) fn update_revenue(amount: &str) -> Value {
    json!({ "action": "update_revenue", "params": { "revenue": pounds(amount), "reason": "agreed" } })
}

/// The order to take sales back.
pub(crate) fn take_back() -> Value {
    json!({ "action": "return", "params": { "reason": "OTHER" } })
}

/// How many leads a job is about, and changed, skipped and failed at; and what it moved: revenue and payout of each currency.
pub(crate) fn figures(job: &Value) -> (Vec<u64>, Vec<(String, String)>) {
    let counts = ["total", "done", "changed", "skipped", "failed"].map(|name| job[name].as_u64().unwrap());
    let amount = |moved: &Value, name: &str| moved[name]["amount"].as_str().unwrap().to_owned();
    let moved = job["moved"].as_array().unwrap().iter();
    (counts.to_vec(), moved.map(|moved| (amount(moved, "revenue"), amount(moved, "payout"))).collect())
}

/// What a job moved, as [`figures`] say it.
pub(crate) fn moved(revenue: &str, payout: &str) -> Vec<(String, String)> {
    vec![(revenue.to_owned(), payout.to_owned())]
}
