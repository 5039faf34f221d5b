//! The history of a lead: each step once, in the order of the lead's versions, in a chain that shows where somebody meddled.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::Principal,
    history::steps,
    id::{DeliveryRef, KeyId},
    lead::Actor,
};

use super::*;
use crate::{
    BrokenAt, DoneToLead, History, Identity,
    tests::{breakers::tap::Tap, identity},
};

type Item = HashMap<String, AttributeValue>;

fn lead() -> LeadId {
    LeadId::from_ulid(Ulid(1))
}

/// As many versions as returns can make, each of one step.
fn done() -> Vec<DoneToLead> {
    let (mut lead, did): (Lead, DeliveryRef) = (sold(1, 0), "d1".parse().unwrap());
    let by = Actor::with_key(&Principal::Seller, &KeyId::root());
    let mut done = Vec::new();
    for second in [100, 200] {
        let asked = lead.on_return_requested(&did, ReturnRequest::because("DUPE"), at(second)).unwrap();
        let refused = asked.on_return_refused(&did, "no", at(second + 10)).unwrap();
        for (before, after) in [(&lead, &asked), (&asked, &refused)] {
            let version = 10 + done.len() as u64;
            done.push(DoneToLead { version, by: Some(by.clone()), steps: steps(Some(before), after) });
        }
        lead = refused;
    }
    done
}

async fn history(store: &Store) -> History {
    store.lead_entries_and_history(lead(), &identity()).await.unwrap().1
}

fn told(history: &History) -> Vec<(u32, u64, &'static str)> {
    history.entries.iter().map(|entry| (entry.n, entry.version, entry.step.what.word())).collect()
}

const WHOLE: [(u32, u64, &str); 4] =
    [(1, 10, "return_requested"), (2, 11, "return_refused"), (3, 12, "return_requested"), (4, 13, "return_refused")];

#[tokio::test]
async fn what_was_done_is_told_once_in_its_order_however_often_and_in_whatever_pieces_it_comes() {
    let (tables, done) = (TestTables::start().await, done());
    let store = tables.store();
    assert_eq!(store.append_history(lead(), &done[..2], &identity()).await.unwrap(), 2);
    assert_eq!(store.append_history(lead(), &done[1..2], &identity()).await.unwrap(), 0);
    let mixed: Vec<DoneToLead> = done.iter().rev().chain(&done).cloned().collect();
    assert_eq!(store.append_history(lead(), &mixed, &identity()).await.unwrap(), 2);
    assert_eq!(store.append_history(lead(), &[], &identity()).await.unwrap(), 0);
    let found = history(&store).await;
    assert_eq!((told(&found).as_slice(), found.broken), (WHOLE.as_slice(), None));
    assert_eq!(found.entries[0].by.as_ref().map(ToString::to_string).as_deref(), Some("seller key root"));
    assert!(store.lead_entries(lead()).await.unwrap().is_empty(), "it is no entry of the books");
}

#[tokio::test]
async fn what_comes_late_stands_behind_the_rest_and_is_not_told_again_either() {
    let (tables, done) = (TestTables::start().await, done());
    let store = tables.store();
    for (which, added) in [(0, 1), (2, 1), (1, 1), (2, 0), (1, 0), (0, 0), (3, 1), (2, 0)] {
        let some = std::slice::from_ref(&done[which]);
        assert_eq!(store.append_history(lead(), some, &identity()).await.unwrap(), added, "{which}");
    }
    let found = history(&store).await;
    let versions: Vec<u64> = found.entries.iter().map(|entry| entry.version).collect();
    assert_eq!((versions, found.broken), (vec![10, 12, 11, 13], None));
}

#[tokio::test]
async fn of_two_workers_that_write_at_once_each_step_is_told_once() {
    let (tables, done) = (TestTables::start().await, done());
    let workers: Vec<Store> = (0..4).map(|_| tables.store()).collect();
    let writes = workers.iter().map(async |store| {
        for one in &done {
            store.append_history(lead(), std::slice::from_ref(one), &identity()).await.unwrap();
        }
        store.append_history(lead(), &done, &identity()).await.unwrap()
    });
    futures::future::join_all(writes).await;
    let found = history(&workers[0]).await;
    assert_eq!((told(&found).as_slice(), found.broken), (WHOLE.as_slice(), None));
}

/// A history that is written, and its rows.
async fn written() -> (TestTables, Vec<Item>) {
    let tables = TestTables::start().await;
    tables.store().append_history(lead(), &done(), &identity()).await.unwrap();
    let query = tables.client().query().table_name(tables.tables().ledger).key_condition_expression("pk = :pk");
    let found = query.expression_attribute_values(":pk", AttributeValue::S(lead().to_string())).send().await.unwrap();
    (tables, found.items.unwrap())
}

async fn put(tables: &TestTables, row: Item) {
    tables.client().put_item().table_name(tables.tables().ledger).set_item(Some(row)).send().await.unwrap();
}

async fn delete(tables: &TestTables, row: &Item) {
    let delete = tables.client().delete_item().table_name(tables.tables().ledger);
    delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
}

/// Its entry with something else in it.
fn with(row: &Item, name: &str, value: AttributeValue) -> Item {
    let mut row = row.clone();
    let mut entry = row["e"].as_m().unwrap().clone();
    entry.insert(name.to_owned(), value);
    row.insert("e".to_owned(), AttributeValue::M(entry));
    row
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[tokio::test]
async fn an_entry_that_was_changed_shows_whatever_was_changed_of_it() {
    let (tables, rows) = written().await;
    let mut step = rows[1]["e"].as_m().unwrap()["e"].as_m().unwrap().clone();
    step.insert("c".to_owned(), text("OTHER"));
    for (changed, why) in [
        (with(&rows[1], "e", AttributeValue::M(step)), "its reason"),
        (with(&rows[1], "by", text("seller key another")), "who did it"),
        (with(&rows[1], "v", AttributeValue::N("9".to_owned())), "its version"),
        (with(&rows[1], "e", text("rubbish")), "it cannot be read"),
    ] {
        put(&tables, changed).await;
        assert_eq!(history(&tables.store()).await.broken, Some(BrokenAt(2)), "{why}");
        put(&tables, rows[1].clone()).await;
        assert_eq!(history(&tables.store()).await.broken, None, "{why}");
    }
    let other = Identity::new("another secret".to_owned().into());
    let (_, found) = tables.store().lead_entries_and_history(lead(), &other).await.unwrap();
    assert_eq!(found.broken, Some(BrokenAt(1)), "only with the secret is it made");
}

#[tokio::test]
async fn an_entry_that_was_taken_out_put_in_or_swapped_shows() {
    let (tables, rows) = written().await;
    delete(&tables, &rows[2]).await;
    assert_eq!(history(&tables.store()).await.broken, Some(BrokenAt(3)), "taken out");
    let mut moved = rows[3].clone();
    moved.insert("sk".to_owned(), rows[2]["sk"].clone());
    put(&tables, with(&moved, "n", AttributeValue::N("3".to_owned()))).await;
    delete(&tables, &rows[3]).await;
    assert_eq!(history(&tables.store()).await.broken, Some(BrokenAt(3)), "the next one in its place");
    for row in &rows {
        put(&tables, row.clone()).await;
    }
    let swapped = |at: usize, with: usize| {
        let mut row = rows[with].clone();
        row.insert("sk".to_owned(), rows[at]["sk"].clone());
        row
    };
    put(&tables, swapped(0, 1)).await;
    put(&tables, swapped(1, 0)).await;
    assert_eq!(history(&tables.store()).await.broken, Some(BrokenAt(1)), "swapped");
    put(&tables, rows[0].clone()).await;
    put(&tables, rows[1].clone()).await;
    let mut more = rows[3].clone();
    more.insert("sk".to_owned(), text("history#00005"));
    put(&tables, with(&more, "n", AttributeValue::N("5".to_owned()))).await;
    assert_eq!(history(&tables.store()).await.broken, Some(BrokenAt(5)), "put in behind");
}

#[tokio::test]
async fn an_end_that_was_cut_off_does_not_show_in_the_chain() {
    let (tables, rows) = written().await;
    delete(&tables, &rows[3]).await;
    let found = history(&tables.store()).await;
    assert_eq!((found.entries.len(), found.broken), (3, None));
}

#[tokio::test]
async fn what_somebody_has_made_unreadable_does_not_keep_anybody_from_writing_on() {
    let (tables, rows) = written().await;
    let mut spoilt = rows[3].clone();
    for name in ["e", "m", "h"] {
        spoilt.remove(name);
    }
    put(&tables, spoilt).await;
    let later = DoneToLead { version: 20, ..done().remove(0) };
    assert_eq!(tables.store().append_history(lead(), &[later], &identity()).await.unwrap(), 1);
    let found = history(&tables.store()).await;
    assert_eq!((found.entries.len(), found.broken), (4, Some(BrokenAt(4))));
}

#[tokio::test]
async fn a_new_step_costs_one_read_and_one_write() {
    let (tables, done) = (TestTables::start().await, done());
    tables.store().append_history(lead(), &done[..3], &identity()).await.unwrap();
    let tap = Tap::default();
    let store = tap.before(&tables);
    store.append_history(lead(), &done[3..], &identity()).await.unwrap();
    assert_eq!(tap.calls(), ["Query", "PutItem"]);
}
