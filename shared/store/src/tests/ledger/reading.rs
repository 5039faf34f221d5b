//! The journal page by page, accounts, and entries that no lead has.

use domain::journal::{Account, Entry, EntryKind, Line};
use jiff::SignedDuration;

use super::*;
use crate::{
    AccountRow, BookedEvent, Error, SETTLED_AFTER,
    tests::breakers::tap::{Fault, Tap},
};

fn now() -> Timestamp {
    at(100_000)
}

#[tokio::test]
async fn the_journal_reads_the_same_in_pages_of_any_size() {
    let tables = TestTables::start().await;
    let store = tables.store();
    for (worker, batch) in (1..).zip(some(10).chunks(4)) {
        booked(&store, worker, batch, now()).await;
    }
    let day = "2027-01-15".parse().unwrap();
    let whole = store.journal(day, None, 1_000).await.unwrap();
    assert_eq!((whole.items.len(), whole.last), (10, None));
    for limit in 1..=11 {
        let (mut read, mut after) = (Vec::<BookedEvent>::new(), None::<String>);
        loop {
            let page = store.journal(day, after.as_deref(), limit).await.unwrap();
            assert!(page.items.len() == usize::from(limit) || page.last.is_none());
            read.extend(page.items);
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(read, whole.items, "by {limit}");
    }
    let (sale, moved) = (&whole.items[0].happened, "sale");
    assert_eq!(sale.entry().unwrap().kind.to_string(), moved);
    assert!(store.journal("2027-01-14".parse().unwrap(), None, 10).await.unwrap().items.is_empty());
}

/// What a worker draws at this time.
fn drawn_at(time: Timestamp, worker: u128) -> Ulid {
    Ulid::from_parts(u64::try_from(time.as_millisecond()).unwrap(), worker << 32)
}

fn ids(entries: &[BookedEvent]) -> Vec<String> {
    entries.iter().map(BookedEvent::id).collect()
}

fn ids_of(events: &Events) -> Vec<String> {
    let entries = events.iter().filter(|(_, event)| event.entry.is_some());
    entries.map(|(lead, event)| format!("{lead}.{}", event.name)).collect()
}

#[tokio::test]
async fn what_is_booked_later_comes_behind_what_was_listed_whenever_it_happened() {
    let (tables, day) = (TestTables::start().await, "2027-01-15".parse().unwrap());
    let store = tables.store();
    let (early, left, first, late) = (of(&[sold(1, 0)]), of(&[sold(2, 10)]), of(&[sold(3, 20)]), of(&[sold(4, 30)]));
    // Whoever claims these dies, and they are taken over last.
    let calls = Tap::default();
    calls.before(&TestTables::start().await).book(left.clone(), drawn_at(now(), 1), now()).await.unwrap();
    let dying = Tap::default().failing_at(calls.calls().len() - 1, Fault::Before);
    let died = dying.before(&tables).book(left.clone(), drawn_at(now(), 1), now()).await;
    assert!(matches!(died, Err(Error::Service { .. })), "{died:?}");

    let (mut listed, mut time) = (Vec::new(), now());
    for (worker, batch) in (2..).zip([&first, &late, &early, &left]) {
        time = domain::time::later(time, SignedDuration::from_secs(1));
        store.book(batch.clone(), drawn_at(time, worker), time).await.unwrap();
        listed.extend(ids_of(batch));
        assert_eq!(ids(&store.journal(day, None, 100).await.unwrap().items), listed);
    }
}

#[tokio::test]
async fn what_is_settled_leaves_out_what_others_may_come_in_before() {
    let (tables, day) = (TestTables::start().await, "2027-01-15".parse().unwrap());
    let store = tables.store();
    let [old, young, slow] = [1, 2, 3].map(|number| of(&[sold(number, 0)]));
    let seconds = |seconds| domain::time::later(now(), SignedDuration::from_secs(seconds));
    store.book(old.clone(), drawn_at(now(), 1), now()).await.unwrap();
    store.book(young.clone(), drawn_at(seconds(10), 2), seconds(10)).await.unwrap();
    let settled = async |after: Option<&str>, now| {
        let page = store.settled_journal(day, after, 10, now).await.unwrap();
        (ids(&page.items), page.last)
    };
    let time = domain::time::later(seconds(5), SETTLED_AFTER);
    assert_eq!(settled(None, time).await, (ids_of(&old), None));
    // It has drawn before, and comes to write now.
    store.book(slow.clone(), drawn_at(seconds(9), 3), seconds(9)).await.unwrap();
    assert_eq!(ids(&store.journal(day, None, 10).await.unwrap().items), ids_of(&[old.clone(), slow, young].concat()));
    assert_eq!(settled(None, time).await.0, ids_of(&old));
    let first = store.settled_journal(day, None, 1, domain::time::later(now(), SignedDuration::from_hours(1))).await;
    let behind = first.unwrap().last.unwrap();
    assert_eq!(settled(Some(&behind), time).await, (Vec::new(), None));
    assert_eq!(settled(Some(&behind), domain::time::later(time, SignedDuration::from_mins(1))).await.0.len(), 2);
    assert_eq!(settled(Some("#1"), time).await.0, ids_of(&old), "no cursor of ours");
}

#[tokio::test]
async fn an_account_tells_each_kind_of_each_day_and_what_was_before() {
    let tables = TestTables::start().await;
    let store = tables.store();
    booked(&store, 1, &some(6), now()).await;
    let (gbp, buyer) = ("GBP".parse().unwrap(), Party::Buyer("b1".parse().unwrap()));
    let row =
        |day: &str, kind, entries, minor| AccountRow { day: day.parse().unwrap(), kind, currency: gbp, entries, minor };
    let both = store.account(&buyer, "2027-01-15".parse().unwrap(), "2027-01-16".parse().unwrap()).await.unwrap();
    let (sales, returns) =
        (row("2027-01-15", EntryKind::Sale, 6, 7_500), row("2027-01-16", EntryKind::Return, 2, -2_500));
    assert_eq!((both.opening.is_empty(), both.rows), (true, vec![sales, returns]));
    let second = store.account(&buyer, "2027-01-16".parse().unwrap(), "2027-01-31".parse().unwrap()).await.unwrap();
    assert_eq!((second.opening, second.rows), ([(gbp, 7_500)].into(), vec![returns]));
    let first = store.account(&buyer, "2027-01-01".parse().unwrap(), "2027-01-15".parse().unwrap()).await.unwrap();
    assert_eq!(first.rows, [sales]);
    let supplier = Party::Supplier("s1".parse().unwrap());
    let both = store.account(&supplier, "2027-01-15".parse().unwrap(), "2027-01-16".parse().unwrap()).await.unwrap();
    let reversed = row("2027-01-16", EntryKind::PayoutReversal, 2, -1_000);
    assert_eq!(both.rows, [row("2027-01-15", EntryKind::Sale, 6, 3_000), reversed]);
}

#[tokio::test]
async fn an_entry_without_a_lead_is_in_the_journal_and_the_account_once() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let (bid, gbp) = ("b1".parse().unwrap(), "GBP".parse().unwrap());
    let lines = [(Account::Cash, 10_000), (Account::BuyerCredit("b1".parse().unwrap()), -10_000)];
    let entry = Entry {
        kind: EntryKind::CreditAdded,
        lines: lines.map(|(account, minor)| Line { account, minor }).into(),
        by: Some("root".to_owned()),
        order: Some("order-1".to_owned()),
        reason: Some("paid by card".to_owned()),
    };
    for time in 0..2 {
        let items = store.credit_entry_items(&bid, entry.clone(), "order-1", at(5), gbp).await.unwrap();
        let written = tables.client().transact_write_items().set_transact_items(Some(items)).send().await;
        assert_eq!(written.is_ok(), time == 0, "{written:?}");
    }
    let day = "2027-01-15".parse().unwrap();
    let page = store.journal(day, None, 10).await.unwrap();
    let ids: Vec<String> = page.items.iter().map(BookedEvent::id).collect();
    assert_eq!(ids, ["buyer#b1.credit#order-1"]);
    assert_eq!(page.items[0].happened.entry(), Some(&entry));
    let account = store.account(&Party::Buyer(bid), day, day).await.unwrap();
    let row = AccountRow { day, kind: EntryKind::CreditAdded, currency: gbp, entries: 1, minor: -10_000 };
    assert_eq!(account.rows, [row]);
    assert!(numbers(&store).await.is_empty(), "it is no lead's");
}

#[tokio::test]
async fn cells_are_read_by_campaign_and_by_days_within_a_month() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let mut other = of(&[sold(50, 0)]);
    for (_, event) in &mut other {
        event.place.campid = "solar-2".parse().unwrap();
    }
    booked(&store, 1, &[some(3), other].concat(), now()).await;
    let leads = async |campid: Option<&str>, from: &str, to: &str| {
        let span = Span { grain: Grain::Day, from: from.parse().unwrap(), to: to.parse().unwrap() };
        let campid = campid.map(|campid| campid.parse().unwrap());
        let cells = store.summed_cells(View::Sold, span, campid.as_ref()).await.unwrap();
        cells.values().map(|counts| counts.leads).sum::<i64>()
    };
    assert_eq!(leads(None, "2027-01-01", "2027-01-31").await, 4);
    assert_eq!(leads(Some("solar"), "2027-01-15", "2027-01-15").await, 3);
    assert_eq!(leads(Some("solar-2"), "2026-12-01", "2027-01-15").await, 1);
    assert_eq!(leads(Some("solar"), "2027-01-16", "2027-01-31").await, 0);
    assert_eq!(leads(None, "2027-01-01", "2027-01-14").await, 0);
}
