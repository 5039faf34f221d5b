//! Reports, statements and the journal.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use domain::{
    campaign::{Campaign, MAX_SHARDS, ShardStep},
    id::LeadId,
    journal::{Account, Entry, EntryKind, Event, Line},
    report::{Counts, Place},
    setup::Versioned,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use lambda::http::Function;
use serde_json::Value;
use store::{Saved, Store, test_tables::TestTables};
use tests::{
    capacity::{Bill, Meter, Units},
    furnished::{furnish, key_of},
    identity,
};
use tower::ServiceExt;
use ulid::Ulid;

/// Suppliers of the campaign, and deliveries that each of them sells through.
const SUPPLIERS: u8 = 10;
const DELIVERIES: u8 = 8;
/// Batches that book the same places, if they are to count in shards of their own: more than numbers have shards.
const BATCHES: u8 = 4;
/// Draws that lie so far from each other begin in shards that follow each other, of 3 as of 32.
const APART: u128 = 96_001;

/// The reports function over books of a year of a campaign with so many shards, with a meter between it and its tables.
async fn metered(shards: u8) -> (Meter, Router) {
    let (tables, meter) = (TestTables::start().await, Meter::default());
    let store = tables.store();
    furnish(&store, &["http://127.0.0.1:9/"], false).await;
    let Versioned { record, version } = store.record::<Campaign>("solar").await.unwrap().unwrap();
    let step = ShardStep { from: "2026-01-01".parse().unwrap(), count: shards };
    assert!(matches!(store.save(Campaign { shards: vec![step], ..record }, Some(version)).await, Ok(Saved::Done(_))));
    for batch in 0..shards.min(BATCHES) {
        fill(&tables.store(), batch.into()).await;
    }
    let store = Store::new(meter.dynamodb(&tables.client()), tables.tables());
    let router = reports::App { store, identity: identity() }.router();
    // From now on the seller's key is known.
    ask(&router, "/v1/journal?day=2020-01-01").await;
    meter.bill("the first request of a cold function");
    (meter, router)
}

async fn ask(router: &Router, path: &str) -> Value {
    let request = Request::builder().uri(path).header("x-key", key_of("seller")).body(Body::empty()).unwrap();
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap();
    assert_eq!(head.status, 200, "{path}");
    serde_json::from_slice(&body).unwrap()
}

/// In each month each supplier's leads come in, and are sold through each delivery.
async fn fill(store: &Store, batch: u128) {
    let mut events = Vec::new();
    for month in 1..=12 {
        let at = noon(month, 1 + month);
        for supplier in 0..SUPPLIERS {
            events.push(event("received", at, place(supplier, None), None));
            for delivery in 0..DELIVERIES {
                let place = place(supplier, Some(delivery));
                let entry = sale(&place);
                events.push(event("sale", at, place, Some(entry)));
            }
        }
    }
    let leads = (1..).map(|number| LeadId::from_ulid(Ulid(batch * APART + number)));
    store.book(leads.zip(events).collect(), Ulid(1_000_000 + batch * APART), noon(12, 31)).await.unwrap();
}

fn noon(month: i8, day: i8) -> Timestamp {
    Date::constant(2026, month, day).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

fn place(supplier: u8, delivery: Option<u8>) -> Place {
    Place {
        campid: "solar".parse().unwrap(),
        sid: format!("supplier-{supplier:02}").parse().unwrap(),
        did: delivery.map(|delivery| format!("delivery-{delivery:02}").parse().unwrap()),
        bid: delivery.map(|delivery| format!("buyer-{delivery:02}").parse().unwrap()),
        currency: "GBP".parse().unwrap(),
    }
}

fn sale(place: &Place) -> Entry {
    let bid = place.bid.clone().unwrap();
    let line = |account, minor| Line { account, minor };
    let lines = vec![
        line(Account::BuyerReceivable(bid), 123_456),
        line(Account::Revenue(place.campid.clone()), -123_456),
        line(Account::PayoutCost(place.campid.clone()), 12_345),
        line(Account::SupplierPayable(place.sid.clone()), -12_345),
    ];
    Entry { kind: EntryKind::Sale, lines, by: None, order: None, reason: None }
}

fn event(name: &str, at: Timestamp, place: Place, entry: Option<Entry>) -> Event {
    let sold = Counts { approved: 1, sold: 1, revenue: 123_456, payout: 12_345, ..Counts::default() };
    let counts = if entry.is_some() { sold } else { Counts { leads: 10_000, invalid: 1_000, ..Counts::default() } };
    Event { name: name.to_owned(), at, received: at, sold: at, place, counts, entry }
}

async fn year_by_month(meter: &Meter, router: &Router, batches: u8) -> Bill {
    let report = ask(router, "/v1/reports/month?from=2026-01-01&to=2026-12-31&campid=solar").await;
    assert_eq!(report["items"].as_array().unwrap().len(), 12);
    assert_eq!(report["totals"][0]["sold"], 12 * u32::from(SUPPLIERS) * u32::from(DELIVERIES) * u32::from(batches));
    let bill = meter.bill("a campaign's year by month");
    assert_eq!(bill.written(), Units::whole(0));
    bill
}

#[tokio::test]
async fn the_year_of_a_campaign_with_as_many_shards_as_there_may_be_stays_cheap() {
    let (meter, router) = metered(MAX_SHARDS).await;
    let bill = year_by_month(&meter, &router, BATCHES).await;
    assert!(bill.read() <= Units::whole(50), "{}", bill.read());
}

#[tokio::test]
async fn reading_the_books_stays_cheap() {
    let (meter, router) = metered(1).await;
    let bill = year_by_month(&meter, &router, 1).await;
    assert!(bill.read() <= Units::whole(30), "{}", bill.read());
    // Two queries for each slot, side by side.
    assert!(bill.in_a_row() <= 10, "{}", bill.in_a_row());

    ask(&router, "/v1/reports/day?from=2026-03-01&to=2026-03-31&campid=solar").await;
    assert!(meter.bill("a campaign's month by day").read() <= Units::whole(20));

    let journal = ask(&router, "/v1/journal?day=2026-12-31&limit=50").await;
    assert_eq!(journal["items"].as_array().unwrap().len(), 50);
    // Half a unit for each entry, and the day's first chunks.
    assert!(meter.bill("a page of the journal").read() <= Units::whole(30));
}
