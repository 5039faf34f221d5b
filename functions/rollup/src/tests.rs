//! Both functions on tables of their own, and on what the stream of the leads table brings of real writes.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod batches;
mod histories;
mod numbers;
mod reconciling;
mod runs;
mod telling;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    campaign::Campaign,
    id::{AttemptId, DeliveryRef, LeadId},
    intake::{Intake, Submission, judge},
    lead::{Lead, Method, Outcome, ReturnRequest},
    money::Money,
    report::{Counts, View},
    supplier::Supplier,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use store::{
    Commit, Identity, Span, Store,
    keys::{CUBE_SLOTS, Grain},
    test_tables::TestTables,
};
use ulid::Ulid;

use crate::{Answer, App, StreamEvent, handle};

type Item = HashMap<String, AttributeValue>;

/// 08:00 on 15 January 2027, and that many seconds later.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// The evening of that day.
fn evening() -> Timestamp {
    at(12 * 3_600)
}

fn identity() -> Identity {
    Identity::new("a secret for tests".to_owned().into())
}

/// An installation with a campaign, and leads in it.
struct Town {
    tables: TestTables,
    store: Store,
    campaign: Campaign,
}

impl Town {
    async fn new() -> Self {
        let tables = TestTables::start().await;
        let campaign: Campaign = serde_json::from_value(json!({
            "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
            "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
            "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
            "suppliers": ["s1"], "shards": [{ "from": "2027-01-01", "count": 2 }],
        }))
        .unwrap();
        let store = tables.store();
        store.save(campaign.clone(), None).await.unwrap();
        Self { store, tables, campaign }
    }

    fn app(&self) -> App {
        App { store: self.tables.store(), identity: identity(), responder_queue: None, feedback_queue: None }
    }

    /// Takes a lead in at this time.
    async fn taken_in(&self, number: u128, second: i64) -> Lead {
        let sent = Submission {
            id: LeadId::from_ulid(Ulid(number)),
            received: at(second),
            method: Method::Api,
            ssid: None,
            source: None,
            test: false,
            fields: [("email".to_owned(), format!("{number}@example.com"))].into(),
        };
        let supplier: Supplier = serde_json::from_value(json!({ "sid": "s1", "name": "Supplier One" })).unwrap();
        let Intake::Kept { lead, .. } = judge(sent, &self.campaign, &supplier, &TimeZone::UTC) else {
            unreachable!("the lead is good")
        };
        let lead = lead.on_queued(&did(), Some("b1".parse().unwrap()), at(second)).unwrap();
        let shard = store::keys::campaign_shard(&self.campaign, lead.id, lead.received);
        self.store.put_lead(&lead, shard, &identity()).await.unwrap();
        lead
    }

    async fn step(&self, before: &Lead, after: Lead) -> Lead {
        match self.store.commit(before, &after, &identity()).await.unwrap() {
            Commit::Done(lead) => *lead,
            other @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes: {other:?}"),
        }
    }

    /// Makes a request, which has this outcome.
    async fn answered(&self, lead: &Lead, outcome: Outcome, second: i64) -> Lead {
        let delivery = lead.delivery(&did()).unwrap();
        let (id, number, round) = (AttemptId::from_ulid(lead.id.ulid()), delivery.attempts + 1, delivery.round);
        let sending = lead.on_intent(&did(), round, id, at(second), at(second + 40)).unwrap();
        let sending = self.step(lead, sending).await;
        let answered = sending.on_outcome(&did(), &id, number, outcome, at(second + 1)).unwrap();
        self.step(&sending, answered).await
    }

    async fn sold(&self, number: u128, second: i64) -> Lead {
        let lead = self.taken_in(number, second).await;
        let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
        let accepted = Outcome::Accepted { price, reference: Some(format!("R-{number}")), redirect_url: None };
        self.answered(&lead, accepted, second + 5).await
    }

    async fn unsold(&self, number: u128, second: i64) -> Lead {
        let lead = self.taken_in(number, second).await;
        self.answered(&lead, Outcome::Rejected { reason: "no".to_owned() }, second + 5).await
    }

    async fn returned(&self, lead: &Lead, second: i64) -> Lead {
        let requested = self
            .step(lead, lead.on_return_requested(&did(), ReturnRequest::because("DUPE"), at(second)).unwrap())
            .await;
        let approved = requested.on_return_approved(&did(), true, at(second + 1)).unwrap();
        self.step(&requested, approved).await
    }

    async fn handle(&self, records: &[Value], now: Timestamp) -> Answer {
        let event: StreamEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
        handle(&self.app(), event, now).await
    }

    /// Hands everything that the stream has to the function, in one batch.
    async fn booked(&self, now: Timestamp) {
        let answer = self.handle(&self.tables.lead_changes(), now).await;
        assert_eq!(answer.batch_item_failures, []);
    }

    /// All rows of a partition of the ledger.
    async fn rows(&self, pk: &str) -> Vec<Item> {
        let query = self.tables.client().query().table_name(self.tables.tables().ledger);
        let query = query.key_condition_expression("pk = :pk");
        query.expression_attribute_values(":pk", text(pk)).send().await.unwrap().items.unwrap()
    }

    /// All cells of a view, or of `all`, in a month of days or a year of months.
    async fn cells(&self, view: &str, time: &str) -> Vec<Item> {
        let mut cells = Vec::new();
        for slot in 0..CUBE_SLOTS {
            cells.extend(self.rows(&format!("cube#{view}#{time}#{slot:02}")).await);
        }
        cells
    }

    async fn delete(&self, row: &Item) {
        let delete = self.tables.client().delete_item().table_name(self.tables.tables().ledger);
        delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
    }

    async fn put(&self, row: Item) {
        let put = self.tables.client().put_item().table_name(self.tables.tables().ledger);
        put.set_item(Some(row)).send().await.unwrap();
    }

    /// What a view says of all days together.
    async fn total(&self, view: View) -> Counts {
        let span = Span { grain: Grain::Day, from: Date::constant(2027, 1, 1), to: Date::constant(2027, 3, 31) };
        let cells = self.store.summed_cells(view, span, None).await.unwrap();
        cells.into_values().fold(Counts::default(), |sum, counts| sum.checked_add(counts).unwrap())
    }

    /// In every view.
    async fn assert_total(&self, expected: Counts) {
        for view in View::ALL {
            assert_eq!(self.total(view).await, expected, "{view:?}");
        }
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn did() -> DeliveryRef {
    "d1".parse().unwrap()
}

fn after(now: Timestamp, minutes: i64) -> Timestamp {
    now + SignedDuration::from_mins(minutes)
}
