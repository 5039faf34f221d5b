//! A small installation in a test's own hands: its database, its queue, its buyers, its clock.
//!
//! Messages are handed to handlers as Lambda would, again until they are acknowledged, and handlers die as told. Time goes
//! by at the test's will; only the queue's delays are real, so the lab takes them out of what is sent.

mod functions;
mod records;
mod return_files;
pub(crate) mod verify;

use std::{collections::BTreeSet, time::Duration};

use dispatch::deliver::Draw;
use domain::{delivery::Delivery, id::LeadId, lead::Lead, setup::Record};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{DeliveryJob, Identity, Saved, test_tables::TestTables};

use self::{
    records::{campaign, changed, delivery},
    verify::is_at_rest,
};
use crate::{Deployment, Faults, Reply, TestBuyer};

/// Rounds after which a lead that still moves is called stuck; far more than any history needs.
const MAX_ROUNDS: usize = 80;
/// How long a lab waits for the sweeper at first; past its own patience, so that it helps.
const FIRST_PATIENCE: SignedDuration = SignedDuration::from_mins(20);
/// How far the clock goes between two rounds: past any lease.
const ROUND: SignedDuration = SignedDuration::from_secs(60);

/// One of the campaign's buyers.
#[derive(Clone, Debug)]
pub struct LabBuyer {
    /// The short name: buyer `b1` with delivery `d1` for `1`.
    pub short: &'static str,
    /// What it answers.
    pub replies: Vec<Reply>,
    /// Whether it recognises repeated requests.
    pub idempotent: bool,
    /// What else is to be said about its delivery: caps, hours, filters.
    pub more: Value,
}

/// The installation.
#[derive(Debug)]
pub struct Lab {
    /// Its database.
    pub tables: TestTables,
    /// The buyers' endpoints, in the order of the campaign's line.
    pub buyers: Vec<TestBuyer>,
    queue_url: String,
    now: Timestamp,
    /// Messages that were handled and not acknowledged.
    unacknowledged: Vec<DeliveryJob>,
    /// All messages ever seen, to be handled once more in the end.
    seen: Vec<DeliveryJob>,
}

impl Lab {
    /// With a campaign `solar`, its supplier `s1`, and these buyers.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn new(max_sales: u8, buyers: Vec<LabBuyer>) -> Self {
        Self::with(json!({ "max_sales": max_sales }), buyers).await
    }

    /// The same, with something else to say about the campaign.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn with(changes: Value, buyers: Vec<LabBuyer>) -> Self {
        let tables = TestTables::start().await;
        let (_, queue_url) = Deployment::get().await.own_queue().await;
        let (unacknowledged, seen) = (Vec::new(), Vec::new());
        let mut lab = Self { tables, buyers: Vec::new(), queue_url, now: lambda::now(), unacknowledged, seen };
        let mut line = Vec::new();
        for LabBuyer { short, replies, idempotent, more } in buyers {
            let endpoint = TestBuyer::answering(replies).await;
            line.push(format!("d{short}"));
            lab.save::<domain::buyer::Buyer>(json!({ "bid": format!("b{short}"), "name": short })).await;
            let delivery = changed(delivery(short, endpoint.url(), idempotent), more);
            lab.save::<Delivery>(delivery).await;
            lab.buyers.push(endpoint);
        }
        lab.save::<domain::supplier::Supplier>(json!({ "sid": "s1", "name": "Supplier One" })).await;
        lab.save::<domain::campaign::Campaign>(changed(campaign(&line), changes)).await;
        lab
    }

    /// The lab's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time go by.
    pub fn wait(&mut self, duration: SignedDuration) {
        self.now = self.now.checked_add(duration).expect("tests stay within time");
    }

    async fn save<T: Record>(&self, record: Value) {
        let record: T = serde_json::from_value(record).expect("the record is well-formed");
        assert!(record.check().is_empty(), "{:?}", record.check());
        let saved = self.tables.store().save(record, None).await.expect("it can be saved");
        assert!(matches!(saved, Saved::Done(_)), "records of a lab are new");
    }

    /// Handles one message as Lambda would; whether it is acknowledged.
    pub async fn handle(&self, faults: &Faults, job: &DeliveryJob) -> bool {
        let worker = self.worker(faults).await;
        let draw = Draw { now: self.now, attempt: lambda::new_attempt_id(), jitter_permille: 0 };
        matches!(faults.run(worker.deliver(job, draw)).await, Some(Ok(())))
    }

    /// The sweeper's run; whether it came to its end.
    pub async fn sweep(&self, faults: &Faults) -> bool {
        self.sweep_at(faults, self.now).await
    }

    /// The sweeper's run at another time than the lab's.
    pub async fn sweep_at(&self, faults: &Faults, now: Timestamp) -> bool {
        let (store, queue, notify_queue) =
            (self.store(faults), self.queue(faults).await, self.notify_queue(faults).await);
        let (identity, capped) = (identity(), sweeper::Capped::default());
        let responder_queue = self.responder_queue(faults).await;
        let feedback_queue = self.feedback_queue(faults).await;
        let app = sweeper::App { store, queue, notify_queue, responder_queue, feedback_queue, identity, capped };
        matches!(faults.run(sweeper::sweep(&app, now, Duration::from_secs(60))).await, Some(Ok(_)))
    }

    /// Takes what is in the queue.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn messages(&mut self) -> Vec<DeliveryJob> {
        let mut jobs = std::mem::take(&mut self.unacknowledged);
        jobs.extend(self.received::<DeliveryJob>().await);
        self.seen.extend(jobs.iter().cloned());
        jobs
    }

    /// Lets messages, workers and the sweeper do their work until every lead is at rest, or waits for a person. The faults
    /// meet the workers, in the order of their calls.
    ///
    /// # Panics
    /// When a lead does not come to rest.
    pub async fn drain(&mut self, faults: &Faults) {
        let mut patience = FIRST_PATIENCE;
        for _ in 0..MAX_ROUNDS {
            let jobs = self.messages().await;
            let idle = jobs.is_empty();
            for job in jobs {
                if !self.handle(faults, &job).await {
                    self.unacknowledged.push(job);
                }
            }
            if idle {
                if self.leads().await.iter().all(is_at_rest) {
                    return;
                }
                // Nobody moves: time goes by, more and more of it, until the sweeper finds what is to be done.
                self.wait(patience);
                patience = (patience * 2).min(SignedDuration::from_hours(24));
                assert!(self.sweep(&Faults::default()).await, "without faults the sweeper comes to its end");
            }
            self.wait(ROUND);
        }
        panic!("not at rest after {MAX_ROUNDS} rounds: {:#?}", self.leads().await);
    }

    /// Handles every message that was ever seen once more, and checks that nothing changes.
    ///
    /// # Panics
    /// When something does.
    pub async fn replay_everything(&mut self) {
        let before = (self.leads().await, self.requests());
        for job in std::mem::take(&mut self.seen) {
            assert!(self.handle(&Faults::default(), &job).await, "a message that came before is acknowledged");
        }
        assert_eq!((self.leads().await, self.requests()), before, "a message that comes once more changes nothing");
    }

    /// How many requests each buyer was sent.
    pub fn requests(&self) -> Vec<usize> {
        self.buyers.iter().map(|buyer| buyer.requests().len()).collect()
    }

    /// All leads there are.
    ///
    /// # Panics
    /// When they cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
    pub async fn leads(&self) -> Vec<Lead> {
        let scan = self.tables.client().scan().table_name(self.tables.tables().leads).consistent_read(true);
        let items = scan.send().await.expect("the table can be read").items.unwrap_or_default();
        let ids: BTreeSet<LeadId> = items
            .iter()
            .filter(|item| item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == store::keys::LEAD))
            .filter_map(|item| item.get("pk")?.as_s().ok()?.parse().ok())
            .collect();
        let ids: Vec<LeadId> = ids.into_iter().collect();
        let mut leads = Vec::new();
        for some in ids.chunks(100) {
            leads.extend(self.tables.store().leads(some).await.expect("leads can be read").0);
        }
        leads
    }
}

/// The key of a lab's hashes.
pub fn identity() -> Identity {
    Identity::new("a lab's secret".to_owned().into())
}
