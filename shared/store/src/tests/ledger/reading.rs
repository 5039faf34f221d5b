//! The journal page by page, accounts, and entries that no lead has.

use domain::journal::{Account, Entry, EntryKind, Line};

use super::*;
use crate::{AccountRow, BookedEvent};

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
    assert_eq!(sale.entry().unwrap().kind.word(), moved);
    assert!(store.journal("2027-01-14".parse().unwrap(), None, 10).await.unwrap().items.is_empty());
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
