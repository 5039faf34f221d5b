//! Returns end to end: asked for over the API of the deployed system, decided, and told alike by reports, statements, journal and
//! credit.

mod again;
mod allowed;
mod corpus;
mod files;
mod stories;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Reply, TestBuyer, World};

/// The stream's functions come within seconds, but the machine may be busy.
const BOOKED_WITHIN: Duration = Duration::from_secs(60);
/// What the buyers pay, in their order.
const PRICES: [&str; 3] = ["12.50", "9.00", "7.00"];

/// A campaign whose buyers return leads.
pub(crate) struct Story {
    pub(crate) world: World,
    /// The buyers' keys.
    keys: Vec<String>,
    endpoints: Vec<TestBuyer>,
}

/// What the books say of all leads of the campaign, in pounds.
pub(crate) struct Books<'a> {
    pub(crate) sold: i64,
    pub(crate) returns: i64,
    /// What each buyer owes.
    pub(crate) owed: &'a [&'a str],
    /// What the supplier has earned.
    pub(crate) payout: &'a str,
}

impl Story {
    /// A campaign for leads that may be sold so often, with buyers on these terms of returns, the first of whom is asked first. They
    /// buy whatever they are offered.
    pub(crate) async fn of(max_sales: u8, buyers: &[Value]) -> Self {
        let mut world = World::selling(max_sales).await;
        let (mut keys, mut endpoints) = (Vec::new(), Vec::new());
        for (place, (terms, price)) in buyers.iter().zip(PRICES).enumerate() {
            let short = (place + 1).to_string();
            let endpoint = TestBuyer::answering([Reply::accept("B-1")]).await;
            world.add_buyer(&short, price, &endpoint).await;
            let bid = world.reference(&format!("b{short}"));
            world.change(&format!("/v1/buyers/{bid}"), json!({ "returns": terms })).await;
            keys.push(world.new_key(json!({ "role": "buyer", "bid": bid, "label": "tests" })).await);
            endpoints.push(endpoint);
        }
        Self { world, keys, endpoints }
    }

    /// A lead that as many have bought.
    pub(crate) async fn sold(&self, times: usize) -> String {
        let email = format!("ann.{}@example.com", lambda::new_lead_id().ulid());
        let lead_id = self.world.post(&self.world.lead(json!({ "email": email }))).await.expect(201).lead_id();
        let is_bought = |lead: &Value| {
            let deliveries = lead["deliveries"].as_array().into_iter().flatten();
            deliveries.filter(|delivery| delivery["state"] == "accepted").count() == times
        };
        self.world.lead_when(&lead_id, is_bought).await;
        lead_id
    }

    /// Has a buyer, by its place from 1, want to return a lead.
    pub(crate) async fn asked(&self, buyer: usize, lead_id: &str) -> Answer {
        let wish = json!({ "lead_id": lead_id, "reason": "INVALID_PHONE" });
        self.world.send(Method::POST, "/v1/returns", &self.keys[buyer - 1], &[], &wish.to_string()).await
    }

    /// Has the seller decide about what the buyer has asked for.
    pub(crate) async fn decided(&self, asked: &Answer, word: &str, body: Value) -> Answer {
        let name = asked.json["return_id"].as_str().unwrap();
        self.world.as_seller(Method::POST, &format!("/v1/returns/{name}/{word}"), &body).await
    }

    /// What a buyer reads.
    pub(crate) async fn read(&self, buyer: usize, path: &str) -> Value {
        self.world.read_as(&self.keys[buyer - 1], path).await.expect(200).json
    }

    /// What the seller reads, once `done` says so.
    pub(crate) async fn read_when(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.world.as_seller(Method::GET, path, &Value::Null).await.expect(200).json;
            if done(&answer) {
                return answer;
            }
            assert!(started.elapsed() < BOOKED_WITHIN, "it did not get there: {path}: {answer:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// How many requests a buyer was sent.
    pub(crate) fn requests(&self, buyer: usize) -> usize {
        self.endpoints[buyer - 1].requests().len()
    }

    /// Waits until the books say so, and checks that reports, statements and the journal of these leads agree.
    pub(crate) async fn add_up(&self, books: Books<'_>, leads: &[&str]) {
        let period = around_today();
        let revenue: i64 = books.owed.iter().map(|owed| minor(owed)).sum();
        for time in ["received", "sold", "booked"] {
            let path = format!("/v1/reports/campaign?{period}&campid={}&time={time}", self.world.reference("c"));
            let told = |report: &Value| {
                let total = &report["totals"][0];
                let amount = |name: &str| total[name]["amount"].as_str().map_or(0, minor);
                (total["sold"].as_i64(), total["returns"].as_i64(), amount("revenue"), amount("payout"))
            };
            let expected = (Some(books.sold), Some(books.returns), revenue, minor(books.payout));
            self.read_when(&path, |report| told(report) == expected).await;
        }
        let parties = (1..).zip(books.owed).map(|(place, owed)| (format!("buyers/{}", self.bid(place)), *owed));
        for (party, owed) in parties.chain([(format!("suppliers/{}", self.world.reference("s")), books.payout)]) {
            let closing = |told: &Value| told["items"][0]["closing"]["amount"].as_str().map_or(0, minor);
            self.read_when(&format!("/v1/{party}/statement?{period}"), |told| closing(told) == minor(owed)).await;
        }
        let accounts = self.accounts(leads).await;
        assert_eq!(accounts.values().sum::<i64>(), 0, "entries balance: {accounts:?}");
        for (place, owed) in (1..).zip(books.owed) {
            let of = |kind: &str| accounts.get(&format!("{kind}:{}", self.bid(place))).copied().unwrap_or(0);
            assert_eq!(of("buyer_receivable") + of("buyer_credit"), minor(owed), "{accounts:?}");
        }
        let supplier = accounts.get(&format!("supplier_payable:{}", self.world.reference("s")));
        assert_eq!(-supplier.copied().unwrap_or(0), minor(books.payout), "{accounts:?}");
    }

    pub(crate) fn bid(&self, place: usize) -> String {
        self.world.reference(&format!("b{place}"))
    }

    /// What the entries of some leads move on each account.
    async fn accounts(&self, leads: &[&str]) -> BTreeMap<String, i64> {
        let mut accounts = BTreeMap::<String, i64>::new();
        for lead in leads {
            let lead = self.world.as_seller(Method::GET, &format!("/v1/leads/{lead}"), &Value::Null).await.expect(200);
            let entries = lead.json["journal"].as_array().unwrap().clone();
            for line in entries.iter().flat_map(|entry| entry["lines"].as_array().into_iter().flatten()) {
                let side = |name: &str| line[name]["amount"].as_str().map_or(0, minor);
                let account = line["account"].as_str().unwrap().to_owned();
                *accounts.entry(account).or_default() += side("debit") - side("credit");
            }
        }
        accounts
    }
}

/// Yesterday, today and tomorrow, as the test may run around midnight.
fn around_today() -> String {
    let day = |hours| domain::time::utc_day(lambda::now() + jiff::SignedDuration::from_hours(hours));
    format!("from={}&to={}", day(-24), day(24))
}

/// An amount in pence.
fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}
