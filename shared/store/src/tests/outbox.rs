//! Rows of files: each in one file, once; and nothing comes into a file that is closed.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use domain::{delivery::Column, id::LeadId};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use ulid::Ulid;

use super::at;
use crate::{Cells, DueFile, FileState, Manifest, OutgoingFile, Posted, Store, WrittenFile, test_tables::TestTables};

fn file(did: &str, stem: &str, closes: i64) -> OutgoingFile {
    OutgoingFile {
        did: did.parse().unwrap(),
        stem: stem.to_owned(),
        path: format!("outgoing/b1/{did}/{stem}.csv"),
        columns: columns("a"),
        closes: at(closes),
    }
}

fn columns(name: &str) -> Vec<Column> {
    serde_json::from_value(json!([{ "name": name, "value": "{{ lead.id }}" }])).unwrap()
}

fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

fn cells(value: &str) -> Cells {
    Cells::from([("a".to_owned(), value.to_owned())])
}

async fn put(store: &Store, file: &OutgoingFile, lead: u128, round: u32) -> Posted {
    store.begin_file(file.clone()).await.unwrap();
    store.put_row(file, id(lead), round, &cells(&lead.to_string()), at(0)).await.unwrap()
}

fn stands_in(file: &OutgoingFile) -> Posted {
    Posted::In(file.path.clone())
}

async fn due(store: &Store, seconds: i64) -> Vec<DueFile> {
    store.due_files(at(seconds), 100, None).await.unwrap()
}

async fn manifest(store: &Store, file: &OutgoingFile) -> Manifest {
    store.file(&file.did, &file.stem).await.unwrap().unwrap()
}

/// All rows of a file.
async fn rows(store: &Store, file: &OutgoingFile) -> Vec<Cells> {
    let (mut rows, mut last) = (Vec::new(), None);
    loop {
        let page = store.file_rows(&file.did, &file.stem, last.as_deref()).await.unwrap();
        rows.extend(page.rows);
        last = page.last;
        if last.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn a_row_that_is_put_again_stays_where_it_is() {
    let store = TestTables::start().await.store();
    let (first, next) = (file("d1", "2026-01-01", 10), file("d1", "2026-01-02", 20));
    assert_eq!(put(&store, &first, 1, 1).await, stands_in(&first));
    assert_eq!(put(&store, &first, 1, 1).await, stands_in(&first));
    assert_eq!(put(&store, &next, 1, 1).await, stands_in(&first));
    // A lead that is delivered once more, and the same lead at another delivery, are other rows.
    assert_eq!(put(&store, &next, 1, 2).await, stands_in(&next));
    let other = file("d2", "2026-01-01", 10);
    assert_eq!(put(&store, &other, 1, 1).await, stands_in(&other));
    assert_eq!((rows(&store, &first).await.len(), rows(&store, &next).await.len()), (1, 1));
}

#[tokio::test]
async fn a_file_that_is_closed_takes_no_row_but_tells_of_those_that_it_has() {
    let tables = TestTables::start().await;
    let (store, first) = (tables.store(), file("d1", "2026-01-01", 10));
    put(&store, &first, 1, 1).await;
    store.close_file(&due(&store, 10).await[0], at(11)).await.unwrap();
    for store in [store.clone(), tables.store()] {
        let closed = join_all((2..40).map(|lead| put(&store, &first, lead, 1))).await;
        assert!(closed.iter().all(|posted| *posted == Posted::Closed));
        assert_eq!(put(&store, &first, 1, 1).await, stands_in(&first));
    }
    assert_eq!(rows(&store, &first).await, [cells("1")]);
}

#[tokio::test]
async fn many_rows_come_at_once_and_in_the_order_of_their_leads() {
    let store = TestTables::start().await.store();
    let first = file("d1", "2026-01-01", 10);
    store.begin_file(first.clone()).await.unwrap();
    let posted = join_all((1..=200).map(|lead| put(&store, &first, lead, 1))).await;
    assert!(posted.iter().all(|posted| *posted == stands_in(&first)));
    let wanted: Vec<Cells> = (1..=200).map(|lead: u128| cells(&lead.to_string())).collect();
    assert_eq!(rows(&store, &first).await, wanted);
}

#[tokio::test]
async fn files_are_found_once_they_have_closed_the_oldest_first() {
    let store = TestTables::start().await.store();
    for (did, stem, closes) in [("d1", "b", 20), ("d2", "a", 10), ("d1", "c", 30), ("d3", "a", 10)] {
        store.begin_file(file(did, stem, closes)).await.unwrap();
    }
    let named =
        |found: &[DueFile]| -> Vec<String> { found.iter().map(|one| format!("{} {}", one.did, one.stem)).collect() };
    assert_eq!(named(&due(&store, 9).await), [""; 0]);
    assert_eq!(named(&due(&store, 10).await), ["d2 a", "d3 a"]);
    assert_eq!(named(&due(&store, 25).await), ["d2 a", "d3 a", "d1 b"]);
    let (mut seen, mut after) = (Vec::new(), None);
    while let Some(one) = store.due_files(at(99), 1, after.as_ref()).await.unwrap().pop() {
        seen.extend(named(std::slice::from_ref(&one)));
        after = Some(one);
    }
    assert_eq!(seen, ["d2 a", "d3 a", "d1 b", "d1 c"]);
}

#[tokio::test]
async fn a_file_keeps_the_columns_that_it_was_begun_with() {
    let tables = TestTables::start().await;
    let first = file("d1", "2026-01-01", 10);
    let changed = OutgoingFile { columns: columns("b"), ..first.clone() };
    let own = tables.store();
    assert_eq!(*own.begin_file(first.clone()).await.unwrap(), first);
    for store in [own, tables.store()] {
        assert_eq!(*store.begin_file(changed.clone()).await.unwrap(), first);
    }
    assert_eq!(manifest(&tables.store(), &first).await, Manifest { file: first, state: FileState::Open });
}

#[tokio::test]
async fn a_file_only_ever_goes_on_and_ends_with_nothing_of_a_person() {
    let store = TestTables::start().await.store();
    let first = file("d1", "2026-01-01", 10);
    for lead in 1..=60 {
        put(&store, &first, lead, 1).await;
    }
    let found = due(&store, 10).await.remove(0);
    store.close_file(&found, at(11)).await.unwrap();
    let open = manifest(&store, &first).await;
    let begun = store.file_begun(&open).await.unwrap().unwrap();
    assert_eq!(store.file_begun(&open).await.unwrap(), None, "another one is faster");
    let sum = WrittenFile { rows: 60, bytes: 1, sha256: "abc".to_owned() };
    let written = store.file_written(&begun, sum.clone()).await.unwrap().unwrap();
    assert_eq!(store.file_written(&begun, sum.clone()).await.unwrap(), None, "another one is faster");
    assert!(store.clear_file(&written, &sum, at(11)).await.unwrap());
    store.file_done(&found).await.unwrap();
    assert_eq!(manifest(&store, &first).await.state, FileState::Cleared(sum));
    assert_eq!((rows(&store, &first).await, due(&store, 99).await), (vec![], vec![]));
    // Whoever comes late, or once more, hears the same as before.
    assert_eq!(
        (put(&store, &first, 1, 1).await, put(&store, &first, 61, 1).await),
        (stands_in(&first), Posted::Closed)
    );
}

#[tokio::test]
async fn what_is_left_of_a_file_is_forgotten_after_months() {
    let tables = TestTables::start().await;
    let (store, first) = (tables.store(), file("d1", "2026-01-01", 10));
    put(&store, &first, 1, 1).await;
    store.close_file(&due(&store, 10).await[0], at(11)).await.unwrap();
    let marker = crate::keys::file_marker(id(1), &first.did, 1);
    let guard = crate::keys::file_guard(&first.did, &first.stem, 0);
    for key in [marker, guard] {
        let got = tables.client().get_item().table_name(tables.tables().leads);
        let got = got.set_key(Some(crate::item::key_attributes(key))).send().await.unwrap();
        let forgotten: i64 = got.item.unwrap()["x"].as_n().unwrap().parse().unwrap();
        assert!(forgotten >= (at(10) + SignedDuration::from_hours(24 * 120)).as_second());
    }
}

#[tokio::test]
async fn a_row_costs_what_the_table_of_keys_says() {
    let tables = TestTables::start().await;
    let (store, first) = (tables.store(), file("d1", "2026-01-01", 10));
    store.begin_file(first.clone()).await.unwrap();
    let writes = store.row_writes(&first, id(1), 1, &cells("1"), at(0)).unwrap();
    let written = tables.client().transact_write_items().set_transact_items(Some(writes.to_vec()));
    let written = written.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    let units: Vec<f64> = written.consumed_capacity().iter().filter_map(|units| units.capacity_units()).collect();
    assert_eq!(units, [6.0]);
}
