//! Caps under crowds, repetitions and the turn of the hour, and what it costs to keep them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, TransactWriteItem};
use domain::{
    cap::{Cap, CapPer, Counted, Windows},
    id::LeadId,
};
use futures::future::try_join_all;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use ulid::Ulid;

use crate::{
    OpenReservation, Reservation, Reserved, Scope, Store, item::key_attributes, keys, test_tables::TestTables,
};

/// A Tuesday, at half past two.
const NOW: &str = "2026-11-24T14:30:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn scope() -> Scope {
    Scope::Delivery("d1".parse().unwrap())
}

fn windows_at(caps: &[(CapPer, u32)], at: Timestamp) -> Windows {
    let caps: Vec<Cap> = caps.iter().map(|(per, count)| Cap { per: *per, count: *count }).collect();
    Windows::at(&caps, &TimeZone::UTC, at)
}

fn daily(count: u32) -> Windows {
    windows_at(&[(CapPer::Day, count)], now())
}

fn every() -> Windows {
    windows_at(&[CapPer::Hour, CapPer::Day, CapPer::Week, CapPer::Month, CapPer::Total].map(|per| (per, 1_000)), now())
}

fn reservation(number: u128) -> Reservation {
    let id = Ulid::from_parts(1_795_000_000_000, number);
    Reservation { id: id.to_string(), lead: LeadId::from_ulid(id), lease_until: now() + 40.seconds() }
}

async fn reserve(store: &Store, windows: &Windows, number: u128) -> Reserved {
    store.reserve(&scope(), windows, &reservation(number)).await.unwrap()
}

/// The counts of the row, by window.
async fn counts(tables: &TestTables) -> BTreeMap<String, String> {
    let get = tables.client().get_item().table_name(tables.tables().setup);
    let item = get.set_key(Some(key_attributes(keys::counter(&scope())))).send().await.unwrap().item;
    let number = |(name, value): (String, AttributeValue)| Some((name, value.as_n().ok()?.clone()));
    item.unwrap_or_default().into_iter().filter_map(number).collect()
}

fn counted(counts: &[(&str, &str)]) -> BTreeMap<String, String> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).to_owned())).collect()
}

fn written(told: Option<ConsumedCapacity>) -> Option<f64> {
    told?.capacity_units
}

#[tokio::test]
async fn of_two_hundred_at_once_exactly_as_many_get_through_as_the_cap_allows() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let windows = daily(50);
    let one = async |number| store.reserve(&scope(), &windows, &reservation(number)).await;
    let all = try_join_all((0..200).map(one)).await.unwrap();
    let count = |wanted: Reserved| all.iter().filter(|reserved| **reserved == wanted).count();
    assert_eq!(count(Reserved::Done(windows.counted())), 50);
    assert_eq!(count(Reserved::Full { per: CapPer::Day }), 150);
    assert_eq!(counts(&tables).await, counted(&[("d20261124", "50")]));

    // Half of them come to nothing, twice over, and make room for as many others.
    let open = store.open_reservations(&[scope()]).await.unwrap();
    assert_eq!(open.len(), 50);
    let (taken, not_taken) = open.split_at(25);
    for _ in 0..2 {
        let confirm = async |one: &OpenReservation| store.confirm(&one.scope, &one.id).await;
        let release = async |one: &OpenReservation| store.release(&one.scope, &one.id, Some(&one.counted)).await;
        let (confirmed, released) =
            tokio::join!(try_join_all(taken.iter().map(confirm)), try_join_all(not_taken.iter().map(release)));
        confirmed.and(released).unwrap();
    }
    let again = try_join_all((1_000..1_200).map(one)).await.unwrap();
    assert_eq!(again.iter().filter(|reserved| matches!(reserved, Reserved::Done(_))).count(), 25);
    assert_eq!(counts(&tables).await, counted(&[("d20261124", "50")]));
}

#[tokio::test]
async fn a_reservation_that_is_made_again_is_counted_once_where_it_was_first() {
    let tables = TestTables::start().await;
    let (store, first) = (tables.store(), windows_at(&[(CapPer::Hour, 1)], now()));
    assert_eq!(reserve(&store, &first, 1).await, Reserved::Done(first.counted()));
    assert_eq!(reserve(&store, &first, 1).await, Reserved::Already(first.counted()));
    let later = windows_at(&[(CapPer::Hour, 1)], now() + 1.hour());
    assert_eq!(reserve(&store, &later, 1).await, Reserved::Already(first.counted()));
    assert_eq!(counts(&tables).await, counted(&[("h2026112414", "1")]));
}

#[tokio::test]
async fn what_is_confirmed_stays_counted_and_cannot_be_released() {
    let tables = TestTables::start().await;
    let (store, windows) = (tables.store(), daily(1));
    let id = reservation(1).id;
    reserve(&store, &windows, 1).await;
    for _ in 0..2 {
        store.confirm(&scope(), &id).await.unwrap();
    }
    store.release(&scope(), &id, Some(&windows.counted())).await.unwrap();
    store.release(&scope(), &id, None).await.unwrap();
    assert_eq!(counts(&tables).await, counted(&[("d20261124", "1")]));
    assert_eq!(reserve(&store, &windows, 2).await, Reserved::Full { per: CapPer::Day });
}

#[tokio::test]
async fn what_is_released_makes_room_once_however_often_it_is_released() {
    let tables = TestTables::start().await;
    let (store, windows) = (tables.store(), daily(2));
    reserve(&store, &windows, 1).await;
    reserve(&store, &windows, 2).await;
    for known in [Some(windows.counted()), None, Some(windows.counted())] {
        store.release(&scope(), &reservation(1).id, known.as_ref()).await.unwrap();
        assert_eq!(counts(&tables).await, counted(&[("d20261124", "1")]));
    }
    store.confirm(&scope(), &reservation(1).id).await.unwrap();
    assert_eq!(reserve(&store, &windows, 3).await, Reserved::Done(windows.counted()));
    assert_eq!(reserve(&store, &windows, 4).await, Reserved::Full { per: CapPer::Day });
}

#[tokio::test]
async fn a_release_takes_from_the_windows_that_were_counted_whatever_the_caller_believes() {
    let tables = TestTables::start().await;
    let (store, windows) = (tables.store(), daily(2));
    for (number, believed) in [(1, Some("d20261125")), (2, Some("")), (3, None)] {
        reserve(&store, &windows, number).await;
        let believed: Option<Counted> = believed.map(|text| text.parse().unwrap());
        store.release(&scope(), &reservation(number).id, believed.as_ref()).await.unwrap();
        assert_eq!(counts(&tables).await, counted(&[("d20261124", "0")]));
    }
    assert!(store.open_reservations(&[scope()]).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_never_reserved_can_be_neither_confirmed_nor_released() {
    let tables = TestTables::start().await;
    let store = tables.store();
    for _ in 0..2 {
        store.confirm(&scope(), "01JD3QZ8000000000000000003").await.unwrap();
        store.release(&scope(), "01JD3QZ8000000000000000003", Some(&daily(1).counted())).await.unwrap();
        store.release(&scope(), "01JD3QZ8000000000000000003", None).await.unwrap();
        assert!(counts(&tables).await.is_empty());
        assert!(store.open_reservations(&[scope()]).await.unwrap().is_empty());
        // The same with a row that is there.
        reserve(&store, &windows_at(&[], now()), 9).await;
    }
    let item = tables.client().get_item().table_name(tables.tables().setup);
    let item = item.set_key(Some(key_attributes(keys::counter(&scope())))).send().await.unwrap().item;
    assert_eq!(item, None);
}

#[tokio::test]
async fn all_windows_are_counted_or_none_and_the_longest_full_one_is_told() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let caps = [(CapPer::Hour, 1), (CapPer::Day, 2), (CapPer::Total, 2)];
    let (this_hour, next_hour) = (windows_at(&caps, now()), windows_at(&caps, now() + 1.hour()));
    assert_eq!(reserve(&store, &this_hour, 1).await, Reserved::Done(this_hour.counted()));
    assert_eq!(reserve(&store, &this_hour, 2).await, Reserved::Full { per: CapPer::Hour });
    assert_eq!(reserve(&store, &next_hour, 2).await, Reserved::Done(next_hour.counted()));
    assert_eq!(reserve(&store, &next_hour, 3).await, Reserved::Full { per: CapPer::Total });
    let all = [("t", "2"), ("d20261124", "2"), ("h2026112414", "1"), ("h2026112415", "1")];
    assert_eq!(counts(&tables).await, counted(&all));
}

#[tokio::test]
async fn a_cap_that_is_lowered_below_its_count_lets_nobody_through() {
    let store = TestTables::start().await.store();
    for number in 0..3 {
        reserve(&store, &daily(10), number).await;
    }
    assert_eq!(reserve(&store, &daily(2), 3).await, Reserved::Full { per: CapPer::Day });
    assert_eq!(reserve(&store, &daily(4), 3).await, Reserved::Done(daily(4).counted()));
}

#[tokio::test]
async fn a_new_window_begins_at_nothing_and_those_before_the_last_are_forgotten() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let caps = [(CapPer::Hour, 1), (CapPer::Day, 9), (CapPer::Total, 1_000)];
    // Hours follow each other, then one comes after a long pause.
    for (number, hours) in [0, 1, 2, 3, 100].into_iter().enumerate() {
        let windows = windows_at(&caps, now() + hours.hours());
        let number = u128::try_from(number).unwrap();
        assert_eq!(reserve(&store, &windows, number).await, Reserved::Done(windows.counted()));
        store.confirm(&scope(), &reservation(number).id).await.unwrap();
    }
    let left = [("t", "5"), ("d20261124", "4"), ("d20261128", "1"), ("h2026112417", "1"), ("h2026112818", "1")];
    assert_eq!(counts(&tables).await, counted(&left));
    // Somebody's clock is slow, or the zone was changed: what is to come is not forgotten.
    let earlier = windows_at(&caps, now() + 3.hours());
    assert_eq!(reserve(&store, &earlier, 9).await, Reserved::Full { per: CapPer::Hour });
    assert_eq!(counts(&tables).await, counted(&left));
}

#[tokio::test]
async fn a_late_release_never_takes_a_forgotten_window_below_nothing() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let caps = [(CapPer::Hour, 5)];
    for (number, hours) in [(0, 0), (1, 1), (2, 2)] {
        reserve(&store, &windows_at(&caps, now() + hours.hours()), number).await;
    }
    store.release(&scope(), &reservation(0).id, None).await.unwrap();
    let left = [("h2026112414", "0"), ("h2026112415", "1"), ("h2026112416", "1")];
    assert_eq!(counts(&tables).await, counted(&left));
}

#[tokio::test]
async fn what_is_given_back_with_a_lead_is_taken_from_its_windows_with_or_without_its_reservation() {
    let tables = TestTables::start().await;
    let (store, windows) = (tables.store(), every());
    reserve(&store, &windows, 1).await;
    reserve(&store, &windows, 2).await;
    store.confirm(&scope(), &reservation(1).id).await.unwrap();
    for (number, left) in [(1, "1"), (2, "0")] {
        let id = reservation(number).id;
        let update = store.give_back(&scope(), &windows.counted(), &id).unwrap();
        let part = TransactWriteItem::builder().update(update).build();
        tables.client().transact_write_items().transact_items(part).send().await.unwrap();
        // Too late to change anything.
        store.confirm(&scope(), &id).await.unwrap();
        store.release(&scope(), &id, Some(&windows.counted())).await.unwrap();
        assert!(counts(&tables).await.values().all(|count| count == left));
    }
    assert!(store.open_reservations(&[scope()]).await.unwrap().is_empty());
}

#[tokio::test]
async fn open_reservations_of_many_scopes_are_told_the_longest_overdue_first() {
    let store = TestTables::start().await.store();
    let scopes: Vec<Scope> = (0..120).map(|number| Scope::Supplier(format!("s{number}").parse().unwrap())).collect();
    let campaign = Scope::Campaign("s1".parse().unwrap());
    let mut late = reservation(3);
    late.lease_until = now() - 1.hour();
    let windows = every();
    for (scope, reservation) in
        [(&scopes[1], reservation(1)), (&scopes[110], late.clone()), (&campaign, reservation(2))]
    {
        store.reserve(scope, &windows, &reservation).await.unwrap();
    }
    let mut asked = scopes.clone();
    asked.extend([campaign.clone(), campaign.clone()]);
    let open = store.open_reservations(&asked).await.unwrap();
    let told: Vec<_> = open.iter().map(|open| (&open.scope, open.id.as_str())).collect();
    let ids = [1, 2].map(|number| reservation(number).id);
    assert_eq!(told, [(&scopes[110], late.id.as_str()), (&scopes[1], &ids[0]), (&campaign, &ids[1])]);
    let first = OpenReservation {
        scope: scopes[110].clone(),
        id: late.id,
        lead: late.lead,
        lease_until: late.lease_until,
        counted: windows.counted(),
    };
    assert_eq!(open.first(), Some(&first));
    assert!(store.open_reservations(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn each_step_of_a_reservation_costs_one_unit_with_every_cap_and_seven_others_open() {
    let tables = TestTables::start().await;
    let (store, windows) = (tables.store(), every());
    for number in 0..7 {
        // The last of a long hour, so that windows of two periods are there.
        reserve(&store, &windows_at(&[(CapPer::Hour, 99), (CapPer::Day, 99)], now() - 1.hour()), number).await;
    }
    let total = ReturnConsumedCapacity::Total;
    for number in [7, 8] {
        let asked = reservation(number);
        let taken = store.reserving(&scope(), &windows, &asked).unwrap().return_consumed_capacity(total.clone());
        assert_eq!(written(taken.send().await.unwrap().consumed_capacity), Some(1.0));
        let id = asked.id.as_str();
        let settled = if number == 7 {
            store.confirming(&scope(), id)
        } else {
            store.releasing(&scope(), id, &windows.counted())
        };
        let settled = settled.return_consumed_capacity(total.clone()).send().await.unwrap();
        assert_eq!(written(settled.consumed_capacity), Some(1.0));
    }
}
