//! Two workers with the same events, step by step: what either of them does between the other's steps.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod spread;

use std::time::Duration;

use domain::{
    campaign::Campaign,
    journal::{days, events},
    report::View,
};
use jiff::tz::TimeZone;
use ulid::Ulid;

use super::{
    chunk::{Chunk, ChunkIds, Fate},
    claim::{Claimed, Claiming},
    event::Row,
    *,
};
use crate::{Error, Store, keys::Grain, test_tables::TestTables, tests};

fn chunk(worker: u128) -> Chunk {
    let (lead, _) = tests::lead(1, "ann@example.com", 0);
    let event = events(&lead).unwrap().remove(0);
    let days = days(&event, event.at, &TimeZone::UTC);
    let id = ChunkIds { next: Ulid(worker) }.chunk(days.booked);
    let (owner, at) = (Owner::Lead(lead.id), event.at);
    Chunk { id: id.clone(), rows: vec![Row::new(&owner, Happened::Lead(Box::new(event)), at, days, id)] }
}

async fn claimed(store: &Store, worker: u128) -> Claimed {
    store.claim(vec![chunk(worker)], Claiming::New).await.unwrap()
}

async fn leads(store: &Store) -> i64 {
    let day = chunk(1).id.day();
    let cells = store.summed_cells(View::Booked, Span { grain: Grain::Day, from: day, to: day }, None).await.unwrap();
    cells.values().map(|counts| counts.leads).sum()
}

#[tokio::test]
async fn a_chunk_that_was_made_void_is_never_written_and_its_worker_finds_its_events_counted() {
    let tables = TestTables::start().await;
    let (slow, fast) = (tables.store(), tables.store());
    let mut held = claimed(&slow, 1).await.held;
    let found = claimed(&fast, 2).await.others.remove(0);
    assert_eq!(fast.final_fate(&found.b).await.unwrap(), Fate::Void);
    let taken_over = Chunk { rows: vec![found], ..chunk(2) };
    let taken_over = fast.claim(vec![taken_over], Claiming::TakeOver).await.unwrap().held.remove(0);

    assert_eq!(slow.apply(&held[0]).await.unwrap(), Fate::Void, "the slow one comes too late");
    assert_eq!(fast.apply(&taken_over).await.unwrap(), Fate::Applied);
    let rows = held.remove(0).rows;
    let again = slow.claim(vec![Chunk { rows, ..chunk(3) }], Claiming::TakeOver).await.unwrap();
    assert!(again.held.is_empty());
    assert_eq!(again.others[0].b, taken_over.id);
    assert_eq!(slow.final_fate(&again.others[0].b).await.unwrap(), Fate::Applied);
    assert_eq!(leads(&fast).await, 1);
}

#[tokio::test]
async fn a_chunk_that_was_written_in_the_last_moment_cannot_be_made_void() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let held = claimed(&store, 1).await.held.remove(0);
    let found = claimed(&store, 2).await.others.remove(0);
    assert_eq!(store.apply(&held).await.unwrap(), Fate::Applied);
    assert_eq!(store.final_fate(&found.b).await.unwrap(), Fate::Applied);
    assert_eq!(store.apply(&held).await.unwrap(), Fate::Applied, "its own repeat");
    assert_eq!(leads(&store).await, 1);
}

#[tokio::test]
async fn of_two_that_take_over_the_same_event_one_has_it() {
    let tables = TestTables::start().await;
    let store = tables.store();
    claimed(&store, 1).await;
    let found = claimed(&store, 2).await.others.remove(0);
    store.final_fate(&found.b).await.unwrap();
    let take_over = async |worker: u128| {
        let chunk = Chunk { rows: vec![found.clone()], ..chunk(worker) };
        store.claim(vec![chunk], Claiming::TakeOver).await.unwrap()
    };
    let (one, other) = (take_over(2).await, take_over(3).await);
    assert_eq!((one.held.len(), other.held.len()), (1, 0));
    assert_eq!(other.others[0].b, one.held[0].id);
    assert_eq!(store.apply(&one.held[0]).await.unwrap(), Fate::Applied);
    assert_eq!(leads(&store).await, 1);
}

#[tokio::test]
async fn a_campaign_that_is_gone_has_one_shard() {
    let tables = TestTables::start().await;
    let store = tables.store();
    assert!(store.cached::<Campaign>("solar").await.unwrap().is_none());
    let held = claimed(&store, 1).await.held.remove(0);
    store.apply(&held).await.unwrap();
    assert_eq!(leads(&store).await, 1);
}

#[tokio::test]
async fn booking_that_takes_too_long_is_given_up_and_may_be_done_again() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let (lead, _) = tests::lead(1, "ann@example.com", 0);
    let events: Vec<_> = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
    let late = store.book_within(Duration::ZERO, events.clone(), Ulid(1), lead.received).await;
    assert!(matches!(late, Err(Error::Contended { .. })), "{late:?}");
    let count = events.len();
    assert_eq!(store.book(events, Ulid(9), lead.received).await.unwrap().counted, count);
}

#[test]
fn the_id_of_a_chunk_comes_back_from_its_text() {
    let id = chunk(7).id;
    assert_eq!(id.to_string(), "2027-01-15|00000000000000000000000007");
    assert_eq!(id.to_string().parse(), Ok(id));
    for text in ["", "2027-01-15", "2027-01-15|x", "x|00000000000000000000000007"] {
        assert!(text.parse::<ChunkId>().is_err(), "{text}");
    }
}

#[test]
fn what_a_chunk_calls_an_event_leads_back_to_its_row() {
    let row = chunk(1).rows.remove(0);
    assert!(row.reference().starts_with('0'), "{}", row.reference());
    assert_eq!(event::referred_to(&row.reference()), Some(row.key()));
}
