//! Booking: whatever comes twice, in pieces or half done, counts once, in every view.

mod budgets;
mod cells;
mod deaths;
mod finders;
mod histories;
mod once;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    id::{AttemptId, LeadId},
    journal::{Event, booked_at, days, events},
    lead::{Lead, Outcome, ReturnRequest},
    money::Money,
    report::{Counts, Place, View},
    settings::Settings,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;
use ulid::Ulid;

use super::at;
use crate::{
    Booked, Party, Span, Store,
    item::from_item,
    keys::{self, Grain},
    test_tables::TestTables,
};

type Events = Vec<(LeadId, Event)>;

/// Who draws with numbers of their own draws chunks of their own.
fn drawn(worker: u128) -> Ulid {
    Ulid(worker << 32)
}

/// A lead of this number, sold ten seconds after it came in.
fn sold(number: u128, seconds: i64) -> Lead {
    let (lead, _) = super::lead(number, &format!("{number}@example.com"), seconds);
    let (did, attempt) = ("d1".parse().unwrap(), AttemptId::from_ulid(Ulid(number)));
    let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), at(seconds)).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at(seconds + 5), at(seconds + 45)).unwrap();
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let accepted = Outcome::Accepted { price, reference: Some(format!("R-{number}")), redirect_url: None };
    lead.on_outcome(&did, &attempt, 1, accepted, at(seconds + 10)).unwrap()
}

fn returned(lead: &Lead, seconds: i64) -> Lead {
    let did = "d1".parse().unwrap();
    let lead = lead.on_return_requested(&did, ReturnRequest::because("DUPE"), at(seconds)).unwrap();
    lead.on_return_approved(&did, true, at(seconds)).unwrap()
}

fn of(leads: &[Lead]) -> Events {
    leads.iter().flat_map(|lead| events(lead).unwrap().into_iter().map(|event| (lead.id, event))).collect()
}

/// Sold leads, one in three of them returned the next day.
fn some(count: u128) -> Events {
    let lead = |number: u128| {
        let lead = sold(number, i64::try_from(number).unwrap() * 7);
        if number.is_multiple_of(3) { returned(&lead, 90_000) } else { lead }
    };
    of(&(1..=count).map(lead).collect::<Vec<_>>())
}

async fn saved(store: &Store, campaign: Campaign) {
    store.save(campaign, None).await.unwrap();
    store.save(serde_json::from_value::<Buyer>(json!({ "bid": "b1", "name": "B" })).unwrap(), None).await.unwrap();
}

async fn zoned(store: &Store, zone: &str) {
    let settings = json!({ "name": "Agency", "time_zone": zone, "currency": "GBP" });
    store.save_settings(serde_json::from_value::<Settings>(settings).unwrap(), None).await.unwrap();
}

/// Comes until it is done, as the stream does.
async fn booked(store: &Store, worker: u128, events: &[(LeadId, Event)], now: Timestamp) -> Booked {
    for time in 0..20 {
        if let Ok(booked) = store.book(events.to_vec(), drawn(worker * 1_000 + time), now).await {
            return booked;
        }
    }
    unreachable!("it is not done after twenty times")
}

fn span(grain: Grain) -> Span {
    Span { grain, from: Date::constant(2027, 1, 1), to: Date::constant(2027, 2, 28) }
}

type Numbers = BTreeMap<(View, Grain, Date, Place), Counts>;

/// What the cells say, all rows looked at: much faster than reading each partition, and the same (see `cells`).
#[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
async fn numbers(store: &Store) -> Numbers {
    let mut numbers = Numbers::new();
    let mut pages = store.db.scan().table_name(&store.tables.ledger).into_paginator().send();
    while let Some(page) = pages.next().await {
        for item in page.unwrap().items.unwrap_or_default() {
            let (pk, sk) = (item["pk"].as_s().unwrap(), item["sk"].as_s().unwrap());
            let ["cube", view, time, _] = pk.split('#').collect::<Vec<_>>()[..] else { continue };
            let (grain, first) =
                if time.len() == 6 { (Grain::Day, format!("{time}01")) } else { (Grain::Month, format!("{time}0101")) };
            let (day, place) = keys::cell_of(sk, grain, first.parse().unwrap()).unwrap();
            let counts: Counts = from_item(item.clone()).unwrap();
            for one in View::ALL.into_iter().filter(|one| [one.word(), "all"].contains(&view)) {
                let sum = numbers.entry((one, grain, day, place.clone())).or_default();
                *sum = sum.checked_add(counts).unwrap();
            }
        }
    }
    numbers.retain(|_, counts| !counts.is_nothing());
    numbers
}

/// What they are to say of these events, booked at `now`.
fn expected(events: &[(LeadId, Event)], now: Timestamp, zone: &TimeZone) -> Numbers {
    let mut numbers = Numbers::new();
    for (_, event) in events {
        let days = days(event, booked_at(event.at, now, zone), zone);
        for view in View::ALL {
            for grain in Grain::ALL {
                let key = (view, grain, grain.of(days.day(view)), event.place.clone());
                let sum = numbers.entry(key).or_default();
                *sum = sum.checked_add(event.counts).unwrap();
            }
        }
    }
    numbers.retain(|_, counts| !counts.is_nothing());
    numbers
}

/// Everything about these events is in the books once: the numbers, the journal, and the accounts.
async fn verify(tables: &TestTables, events: &[(LeadId, Event)], now: Timestamp) {
    let store = tables.store();
    let zone = store.zone().await.unwrap();
    assert_eq!(numbers(&store).await, expected(events, now, &zone));
    let mut told: Vec<String> = Vec::new();
    for day in expected(events, now, &zone).into_keys().filter_map(of_booked_day).collect::<BTreeSet<_>>() {
        told.extend(store.journal(day, None, 1_000).await.unwrap().items.iter().map(|entry| entry.id()));
    }
    let with_entry = events.iter().filter(|(_, event)| event.entry.is_some());
    let mut entries: Vec<String> = with_entry.map(|(lead, event)| format!("{lead}.{}", event.name)).collect();
    told.sort();
    entries.sort();
    assert_eq!(told, entries);
    for (party, moved) in [
        (Party::Buyer("b1".parse().unwrap()), owed(events, |event| event.counts.revenue)),
        (Party::Supplier("s1".parse().unwrap()), owed(events, |event| event.counts.payout)),
    ] {
        let account = store.account(&party, span(Grain::Day).from, span(Grain::Day).to).await.unwrap();
        assert_eq!(account.rows.iter().map(|row| row.minor).sum::<i64>(), moved, "{party:?}");
    }
}

fn of_booked_day((view, grain, day, _): (View, Grain, Date, Place)) -> Option<Date> {
    (view == View::Booked && grain == Grain::Day).then_some(day)
}

fn owed(events: &[(LeadId, Event)], minor: impl Fn(&Event) -> i64) -> i64 {
    events.iter().map(|(_, event)| minor(event)).sum()
}
