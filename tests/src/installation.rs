//! A whole installation in this process: its tables, its queue, its own secret, and its API on a port of this machine, so that several can post each
//! other leads and tell each other what became of them, by real requests.

mod books;

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{Router, extract::Request, http::Method};
use dispatch::{
    Own,
    deliver::{Dispatcher, Draw},
    test_dispatcher::dispatcher,
};
use domain::{
    access::{ApiKey, Principal},
    id::LeadId,
    lead::Lead,
    setup::Record,
};
use jiff::{SignedDuration, Timestamp};
use lambda::{auth::secret_sha256, http::Function};
use serde_json::{Value, json};
use store::{FeedbackJob, FeedbackQueue, Identity, Saved, WebhookSecret, test_tables::TestTables};
use tokio::net::TcpListener;
use tower::ServiceExt;

pub use self::books::agreed;
use crate::{Deployment, Wire};

const KEY_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// What is done in one go until nothing is left to be done.
const MAX_ROUNDS: usize = 50;
/// Leads of which something is to be told by now, at most.
const MAX_DUE: u16 = 100;

/// An installation. Its campaign is `c`.
#[derive(Debug)]
pub struct Installation {
    /// What it is called in the test: a letter.
    pub name: &'static str,
    /// Its tables.
    pub tables: TestTables,
    /// Its parts, as a worker has them.
    pub dispatcher: Dispatcher,
    queue_url: String,
    feedback_url: String,
    /// How many changes of its leads are rolled up.
    rolled_up: AtomicUsize,
    now: Timestamp,
}

impl Installation {
    /// With nobody to buy its leads yet, and its API on a free port.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn start(name: &'static str) -> Self {
        let tables = TestTables::start().await;
        let (queue, queue_url) = Deployment::get().await.own_queue().await;
        let (_, feedback_url) = Deployment::get().await.own_queue().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let identity = Identity::new(format!("the secret of {name}").into());
        let own = Own { id: identity.installation(), url };
        let dispatcher = Dispatcher { identity, own, ..dispatcher(tables.store(), queue) };
        let ingest = ingest::App { dispatcher: dispatcher.clone() }.router();
        let feedback = feedback::App { dispatcher: dispatcher.clone() }.router();
        let search = books::search(&dispatcher).await.router();
        let router = Router::new().fallback(async move |request: Request| {
            let function = match (request.method(), request.uri().path()) {
                (_, "/v1/feedback") => feedback,
                (&Method::GET, _) => search,
                _ => ingest,
            };
            function.oneshot(request).await
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (rolled_up, now) = (AtomicUsize::new(0), lambda::now());
        let this = Self { name, tables, dispatcher, queue_url, feedback_url, rolled_up, now };
        this.save::<domain::supplier::Supplier>(json!({ "sid": "s0", "name": "The web" })).await;
        this.make_key("s0", Principal::Supplier { sid: "s0".parse().expect("a reference") }).await;
        this.make_key("seller", Principal::Seller).await;
        this
    }

    /// Puts a wire before what others know it by: all that they send to it from now on goes through there. What is said of its leads is
    /// remembered on the way.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn behind_a_wire(&mut self) -> Wire {
        let wire = Wire::to(&self.dispatcher.own.url, "/v1/feedback").await;
        wire.url().clone_into(&mut self.dispatcher.own.url);
        wire
    }

    /// With which others' installation of this name signs what it says, and knows what we say.
    pub fn secret_for(other: &str) -> String {
        format!("whsec_{}", other.repeat(32))
    }

    /// Opens the campaign `c` for these suppliers, sold by these deliveries in their order, one of which may buy it.
    ///
    /// # Panics
    /// When it cannot be saved.
    pub async fn sell(&self, payout: &str, suppliers: &[&str], deliveries: &[&str]) {
        self.save::<domain::campaign::Campaign>(json!({
            "campid": "c", "name": "Solar", "country": "GB", "currency": "GBP", "suppliers": suppliers,
            "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
            "payout": { "mode": "buyer_accept", "amount": { "amount": payout, "currency": "GBP" } },
            "distribution": [{ "mode": "priority", "deliveries": deliveries }],
        }))
        .await;
    }

    /// A delivery to a buyer of the same name that takes leads without being asked.
    pub async fn buys(&self, did: &str, price: &str) {
        self.deliver(did, price, json!({ "kind": "store" }), json!({ "window_days": 30 })).await;
    }

    /// A delivery to another installation, which pays this much, as its supplier of our name; with what its reasons mean, and on which terms it
    /// returns leads.
    ///
    /// # Panics
    /// When it cannot be saved.
    pub async fn sends_to(&self, other: &Self, price: &str, reasons: Value, terms: Value) {
        let secret = Self::secret_for(other.name);
        let as_supplier = Principal::Supplier { sid: self.name.parse().expect("a reference") };
        other.save::<domain::supplier::Supplier>(json!({ "sid": self.name, "name": self.name })).await;
        other.make_key(self.name, as_supplier.clone()).await;
        let store = other.tables.store();
        let kept = store.rotate_webhook_secret(&as_supplier, &WebhookSecret::new(secret.clone()), lambda::now()).await;
        kept.expect("a secret can be kept");
        let channel = json!({
            "kind": "l2l", "url": format!("{}/v1/leads", other.dispatcher.own.url), "campid": "c",
            "key": format!("vk_{}_{KEY_SECRET}", self.name), "feedback_secret": secret, "reasons": reasons,
        });
        self.deliver(other.name, price, channel, terms).await;
    }

    async fn deliver(&self, did: &str, price: &str, channel: Value, terms: Value) {
        self.save::<domain::buyer::Buyer>(json!({ "bid": did, "name": did, "returns": terms })).await;
        let delivery = json!({
            "did": did, "name": did, "campid": "c", "bid": did, "channel": channel,
            "price": { "amount": price, "currency": "GBP" },
        });
        self.save::<domain::delivery::Delivery>(delivery).await;
    }

    async fn save<T: Record>(&self, record: Value) {
        let record: T = serde_json::from_value(record).expect("the record is well-formed");
        assert!(record.check().is_empty(), "{:?}", record.check());
        let saved = self.tables.store().save(record, None).await.expect("it can be saved");
        assert!(matches!(saved, Saved::Done(_)), "records are new");
    }

    async fn make_key(&self, id: &str, principal: Principal) {
        let key = ApiKey {
            id: id.parse().expect("an id"),
            principal,
            label: id.to_owned(),
            secret_sha256: secret_sha256(KEY_SECRET),
            created: lambda::now(),
            revoked: None,
        };
        self.tables.store().make_key(&key).await.expect("a key can be made");
    }

    /// A lead comes in, from the web.
    ///
    /// # Panics
    /// When it is not taken.
    #[expect(clippy::disallowed_methods, reason = "it is the test that posts, to its own installation")]
    pub async fn post(&self, email: &str) -> LeadId {
        let request = reqwest::Client::new()
            .post(format!("{}/v1/leads", self.dispatcher.own.url))
            .bearer_auth(format!("vk_s0_{KEY_SECRET}"))
            .header("content-type", "application/json")
            .body(json!({ "campid": "c", "email": email }).to_string());
        let answer = request.send().await.expect("an answer").text().await.expect("a text");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["lead_id"].as_str().unwrap_or_else(|| panic!("{answer}")).parse().expect("an id")
    }

    /// Time goes by.
    pub fn wait(&mut self, duration: SignedDuration) {
        self.now = self.now.checked_add(duration).expect("tests stay within time");
    }

    /// Its time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets its deliveries, the stream of its leads, and what is to be told of them, go on as far as there is a message or a time has come;
    /// whether there was anything.
    async fn work(&self) -> bool {
        let before = self.leads().await;
        for body in messages(&self.queue_url).await {
            let job = serde_json::from_str(&body).expect("a job");
            let draw = Draw { now: self.now, attempt: lambda::new_attempt_id(), jitter_permille: 0 };
            self.dispatcher.deliver(&job, draw).await.expect("a step can be taken");
        }
        self.roll_up().await;
        let (store, client) = (self.tables.store(), self.dispatcher.client.clone());
        let sent = messages(&self.feedback_url).await;
        let mut jobs: Vec<FeedbackJob> = sent.iter().map(|body| serde_json::from_str(body).expect("a job")).collect();
        jobs.extend(store.due_tellings(self.now, MAX_DUE).await.expect("what is due can be read"));
        let app = feedback::worker::App { store, client };
        let told = jobs.len();
        for job in jobs {
            feedback::worker::take(&app, job, self.now).await.expect("it can be told");
        }
        told > 0 || before != self.leads().await
    }

    /// Gives what has happened to its leads since the last time to the function that books it, and asks for what is to be told.
    async fn roll_up(&self) {
        let changes = self.tables.lead_changes();
        let since = self.rolled_up.swap(changes.len(), Ordering::Relaxed);
        books::book(&self.rollup().await, &changes[since..], self.now).await;
    }

    /// The function that follows the stream of its leads.
    async fn rollup(&self) -> rollup::App {
        rollup::App {
            store: self.tables.store(),
            identity: self.dispatcher.identity.clone(),
            responder_queue: None,
            feedback_queue: Some(FeedbackQueue::new(Deployment::get().await.sqs(), self.feedback_url.clone())),
        }
    }

    /// All leads there are, the first one first.
    ///
    /// # Panics
    /// When they cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
    pub async fn leads(&self) -> Vec<Lead> {
        let scan = self.tables.client().scan().table_name(self.tables.tables().leads).consistent_read(true);
        let items = scan.send().await.expect("the table can be read").items.unwrap_or_default();
        let mut ids: Vec<LeadId> = items
            .iter()
            .filter(|item| item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == store::LEAD_ROW))
            .filter_map(|item| item.get("pk")?.as_s().ok()?.parse().ok())
            .collect();
        ids.sort();
        let mut leads = Vec::new();
        for id in ids {
            leads.extend(self.tables.store().lead(id).await.expect("a lead can be read"));
        }
        leads
    }

    /// Its only lead.
    ///
    /// # Panics
    /// When there are none, or several.
    pub async fn only_lead(&self) -> Lead {
        let leads = self.leads().await;
        assert_eq!(leads.len(), 1, "{}: {leads:#?}", self.name);
        leads.into_iter().next().expect("one lead")
    }
}

/// Takes what is in a queue.
async fn messages(url: &str) -> Vec<String> {
    let (sqs, mut bodies) = (Deployment::get().await.sqs(), Vec::new());
    loop {
        let got = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await;
        let messages = got.expect("the queue can be read").messages.unwrap_or_default();
        if messages.is_empty() {
            return bodies;
        }
        for message in messages {
            let handle = message.receipt_handle.expect("a received message has a handle");
            let deleted = sqs.delete_message().queue_url(url).receipt_handle(handle).send().await;
            deleted.expect("a message can be taken");
            bodies.push(message.body.expect("a body"));
        }
    }
}

/// Lets all of them work until nobody has anything to do.
///
/// # Panics
/// When that does not come to an end.
pub async fn settle_all(installations: &[&Installation]) {
    for _ in 0..MAX_ROUNDS {
        let mut moved = false;
        for one in installations {
            moved |= one.work().await;
        }
        if !moved {
            return;
        }
    }
    panic!("they never come to rest");
}
