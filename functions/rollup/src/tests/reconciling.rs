//! Reconciling: what is missing is booked, what differs is told, and what is right is left alone.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::reconcile::{self, Asked, Reconciled, reconcile};

const WITHIN: Duration = Duration::from_secs(60);

fn next_morning() -> Timestamp {
    at(24 * 3_600)
}

impl Town {
    async fn reconciled(&self, asked: Asked, now: Timestamp) -> Reconciled {
        let app = reconcile::App { store: self.tables.store(), identity: identity() };
        reconcile(&app, &asked, now, WITHIN).await.unwrap()
    }

    /// All rows of a partition of the ledger.
    async fn rows(&self, pk: &str) -> Vec<HashMap<String, AttributeValue>> {
        let query = self.tables.client().query().table_name(self.tables.tables().ledger);
        let query = query.key_condition_expression("pk = :pk");
        query.expression_attribute_values(":pk", text(pk)).send().await.unwrap().items.unwrap()
    }

    async fn delete(&self, row: &HashMap<String, AttributeValue>) {
        let delete = self.tables.client().delete_item().table_name(self.tables.tables().ledger);
        delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
    }

    async fn put(&self, row: HashMap<String, AttributeValue>) {
        let put = self.tables.client().put_item().table_name(self.tables.tables().ledger);
        put.set_item(Some(row)).send().await.unwrap();
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn clean(leads: usize) -> Reconciled {
    Reconciled { leads, ..Reconciled::default() }
}

async fn busy() -> Town {
    let town = Town::new().await;
    town.sold(1, 0).await;
    let second = town.sold(2, 100).await;
    town.returned(&second, 3_000).await;
    town.unsold(3, 200).await;
    town
}

#[tokio::test]
async fn what_was_booked_as_it_happened_is_as_it_should_be() {
    let town = busy().await;
    town.booked(evening()).await;
    assert_eq!(town.reconciled(Asked::default(), next_morning()).await, clean(3));
}

#[tokio::test]
async fn what_the_stream_never_brought_is_booked_and_found() {
    let town = busy().await;
    let some = town.tables.lead_changes();
    town.handle(&some[..3], evening()).await;
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!((found.leads, found.differing, found.cut_short), (3, 0, false));
    assert!(found.missing > 4 && found.repaired == found.missing, "{found:?}");
    assert_eq!(town.reconciled(Asked::default(), next_morning()).await, clean(3));
    assert!(!town.rows("did#d1#202701").await.is_empty());
    // What the stream brings after all is known.
    let total = town.total(View::Received).await;
    town.booked(next_morning()).await;
    town.assert_total(total).await;
}

#[tokio::test]
async fn a_deleted_event_is_written_again_and_the_numbers_that_count_it_twice_are_told() {
    let town = busy().await;
    town.booked(evening()).await;
    let lead = LeadId::from_ulid(Ulid(1));
    for row in town.rows(&lead.to_string()).await {
        if row["sk"] == text("event#sale#d1") {
            town.delete(&row).await;
        }
    }
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!(found, Reconciled { leads: 3, missing: 1, repaired: 1, differing: 1, cut_short: false });
    assert_eq!(town.store.lead_entries(lead).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_number_that_is_not_what_is_booked_is_told() {
    let town = busy().await;
    town.booked(evening()).await;
    let mut cell = town.rows("cube#all#202701").await.remove(0);
    cell.insert("re".to_owned(), AttributeValue::N("99999".to_owned()));
    town.put(cell).await;
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!(found, Reconciled { differing: 1, ..clean(3) });
    let elsewhere = Asked { from: Some(Date::constant(2027, 1, 16)), to: None };
    assert_eq!(town.reconciled(elsewhere, next_morning()).await, clean(0));
}

#[tokio::test]
async fn an_event_that_is_booked_otherwise_is_told_and_left_as_it_is() {
    let town = busy().await;
    town.booked(evening()).await;
    let lead = LeadId::from_ulid(Ulid(1));
    let rows = town.rows(&lead.to_string()).await;
    let mut sale = rows.into_iter().find(|row| row["sk"] == text("event#sale#d1")).unwrap();
    sale.insert("at".to_owned(), text("2027-01-15T08:00:07.000Z"));
    town.put(sale.clone()).await;
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!(found, Reconciled { differing: 1, ..clean(3) });
    assert!(town.rows(&lead.to_string()).await.contains(&sale));
}

#[tokio::test]
async fn what_was_claimed_and_never_counted_is_counted() {
    let town = Town::new().await;
    let lead = town.sold(1, 0).await;
    town.booked(evening()).await;
    let total = town.total(View::Booked).await;
    // As if the worker had died between the claims and the transaction.
    let (months, years) = (
        ["all", "received", "sold", "booked"].map(|view| format!("cube#{view}#202701")),
        ["all", "received", "sold", "booked"].map(|view| format!("cube#{view}#2027")),
    );
    let accounts = ["account#buyer#b1", "account#supplier#s1", "booked#2027-01-15"].map(str::to_owned);
    for pk in months.iter().chain(&years).chain(&accounts) {
        for row in town.rows(pk).await {
            town.delete(&row).await;
        }
    }
    town.assert_total(Counts::default()).await;
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!(found, Reconciled { missing: 2, repaired: 2, ..clean(1) });
    town.assert_total(total).await;
    assert_eq!(town.store.lead_entries(lead.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_lead_that_is_unsold_no_more_gets_what_takes_that_back() {
    let town = Town::new().await;
    let unsold = town.unsold(1, 0).await;
    town.booked(evening()).await;
    assert_eq!(town.total(View::Sold).await.rejected, 1);
    town.step(&unsold, unsold.on_redelivered(&did(), at(500)).unwrap()).await;
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!((found.missing, found.repaired, found.differing), (1, 1, 0));
    assert_eq!(town.total(View::Sold).await.rejected, 0);
    assert_eq!(town.reconciled(Asked::default(), next_morning()).await, clean(1));
}

#[tokio::test]
async fn what_was_taken_back_and_never_booked_is_booked() {
    let town = Town::new().await;
    let unsold = town.unsold(1, 0).await;
    town.step(&unsold, unsold.on_redelivered(&did(), at(500)).unwrap()).await;
    let mut changes = town.tables.lead_changes();
    let last = changes.pop().unwrap();
    // Nobody could read that it was unsold.
    changes.pop();
    changes.push(last);
    assert_eq!(town.handle(&changes, evening()).await.batch_item_failures, []);
    assert_eq!(town.total(View::Sold).await.rejected, -1);
    let found = town.reconciled(Asked::default(), next_morning()).await;
    assert_eq!((found.missing, found.repaired, found.differing), (1, 1, 0));
    assert_eq!(town.total(View::Sold).await.rejected, 0);
    assert_eq!(town.reconciled(Asked::default(), next_morning()).await, clean(1));
}

#[tokio::test]
async fn leads_and_events_of_the_last_minutes_are_left_out() {
    let town = Town::new().await;
    let lead = town.sold(1, 0).await;
    assert_eq!(town.reconciled(Asked::default(), after(at(0), 14)).await, clean(0));
    town.booked(after(at(0), 14)).await;
    town.returned(&lead, 3_600).await;
    assert_eq!(town.reconciled(Asked::default(), after(at(3_601), 14)).await, clean(1));
    let found = town.reconciled(Asked::default(), after(at(3_601), 16)).await;
    assert_eq!((found.missing, found.repaired), (2, 2));
}

#[tokio::test]
async fn a_reconciliation_without_time_says_so() {
    let town = busy().await;
    let app = reconcile::App { store: town.tables.store(), identity: identity() };
    let found = reconcile(&app, &Asked::default(), next_morning(), Duration::ZERO).await.unwrap();
    assert_eq!(found, Reconciled { cut_short: true, ..Reconciled::default() });
}

#[tokio::test]
async fn the_days_of_receipt_are_those_of_the_account() {
    let town = Town::new().await;
    let settings = json!({ "name": "Agency", "time_zone": "Pacific/Auckland", "currency": "GBP" });
    town.store.save_settings(serde_json::from_value(settings).unwrap(), None).await.unwrap();
    // 21:00 on the 15th there, and 01:00 on the 16th.
    town.sold(1, 0).await;
    town.sold(2, 4 * 3_600).await;
    town.booked(evening()).await;
    let day = |day: i8| Asked { from: Some(Date::constant(2027, 1, day)), to: Some(Date::constant(2027, 1, day)) };
    let later = at(3 * 24 * 3_600);
    for (asked, leads) in [(day(14), 0), (day(15), 1), (day(16), 1), (day(17), 0), (Asked::default(), 2)] {
        assert_eq!(town.reconciled(asked, later).await, clean(leads), "{asked:?}");
    }
}

#[test]
fn a_schedule_asks_for_no_days_and_a_person_for_some() {
    let schedule: Asked = serde_json::from_value(json!({ "time": "2026-11-05T10:20:00Z", "detail": {} })).unwrap();
    assert!(schedule.from.is_none() && schedule.to.is_none());
    let asked: Asked = serde_json::from_value(json!({ "from": "2026-10-01", "to": "2026-10-31" })).unwrap();
    assert_eq!((asked.from, asked.to), (Some(Date::constant(2026, 10, 1)), Some(Date::constant(2026, 10, 31))));
    assert!(serde_json::from_value::<Asked>(json!({ "from": "yesterday" })).is_err());
}
