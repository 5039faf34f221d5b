//! Statements, and that they say what reports say.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::{
    access::Principal,
    journal::{Event, days, events},
    lead::properties::{events as history, on_any_terms, told},
    report::{Dimension, Only, Report, View},
};

fn gbp() -> Currency {
    "GBP".parse().unwrap()
}

fn movement(day: &str, kind: EntryKind, entries: i64, minor: i64) -> Movement {
    Movement { day: day.parse().unwrap(), kind, currency: gbp(), entries, minor }
}

/// Each line as its day, kind, entries, amount and balance.
fn shown(statement: &Statement) -> Vec<String> {
    let line = |line: &StatementLine| {
        let StatementLine { day, kind, entries, amount, balance } = line;
        format!("{day} {} {entries} {} {}", kind, amount.amount(), balance.amount())
    };
    statement.lines.iter().map(line).collect()
}

#[test]
fn a_statement_leads_from_what_was_owed_to_what_is_owed() {
    let opening = BTreeMap::from([(gbp(), 1_000)]);
    let moved = [
        movement("2026-11-02", EntryKind::Return, 1, -1_250),
        movement("2026-11-02", EntryKind::Sale, 2, 2_500),
        movement("2026-11-01", EntryKind::CreditAdded, 1, -5_000),
        movement("2026-11-02", EntryKind::Sale, 1, 1_250),
    ];
    let statements = statements(&opening, moved).unwrap();
    let expected = [
        "2026-11-01 credit_added 1 -50.00 -40.00",
        "2026-11-02 sale 3 37.50 -2.50",
        "2026-11-02 return 1 -12.50 -15.00",
    ];
    assert_eq!(shown(&statements[0]), expected);
    assert_eq!((statements[0].opening.minor, statements[0].closing.minor, statements.len()), (1_000, -1_500, 1));
}

#[test]
fn each_currency_is_a_statement_of_its_own_also_where_nothing_moved() {
    let (eur, opening) = ("EUR".parse().unwrap(), BTreeMap::from([(gbp(), 7)]));
    let moved = Movement { currency: eur, ..movement("2026-11-02", EntryKind::Sale, 1, 5) };
    let statements = statements(&opening, [moved]).unwrap();
    let told: Vec<_> =
        statements.iter().map(|one| (one.opening.to_string(), one.lines.len(), one.closing.to_string())).collect();
    let told: Vec<_> =
        told.iter().map(|(opening, lines, closing)| (opening.as_str(), *lines, closing.as_str())).collect();
    assert_eq!(told, [("0.00 EUR", 1, "0.05 EUR"), ("0.07 GBP", 0, "0.07 GBP")]);
}

#[test]
fn an_amount_that_cannot_be_held_is_refused() {
    let opening = BTreeMap::from([(gbp(), i64::MAX)]);
    let one = movement("2026-11-02", EntryKind::Sale, 1, 1);
    assert_eq!(statements(&opening, [one]), Err(MoneyError::Overflow));
}

/// What the booked events moved on a party's account.
fn moved(events: &[Event], owed: impl Fn(&Event) -> i64) -> Vec<Movement> {
    let movement = |event: &Event| {
        let (day, entry) = (days(event, event.at, &TimeZone::UTC).booked, event.entry.as_ref()?);
        Some(Movement { day, kind: entry.kind, currency: event.place.currency, entries: 1, minor: owed(event) })
    };
    events.iter().filter_map(movement).filter(|movement| movement.minor != 0).collect()
}

/// What a report of these events says of one party in all.
fn reported(events: &[Event], view: View, only: Only) -> (i64, i64) {
    let mut report = Report::new(Dimension::Month, only);
    for event in events {
        let day = days(event, event.at, &TimeZone::UTC).day(view);
        report.add(day, &event.place, event.counts).unwrap();
    }
    let totals = report.totals(&Principal::Seller).unwrap();
    let minor = |money: Option<Money>| money.map_or(0, |money| money.minor);
    totals.first().map_or((0, 0), |total| (minor(total.columns.revenue), minor(total.columns.payout)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_lines_of_a_statement_add_up_to_what_the_reports_say(lead in on_any_terms(), history in history()) {
        let leads = told(&lead, &history);
        let last = leads.last().unwrap();
        let events = events(last).unwrap();
        let sum = |moved| statements(&BTreeMap::new(), moved).unwrap().first().map_or(0, |one| one.closing.minor);
        for view in View::ALL {
            let only = Only { suppliers: [last.sid.clone()].into(), ..Only::default() };
            let owed = moved(&events, |event| event.entry.as_ref().unwrap().owed_to(&last.sid));
            prop_assert_eq!(sum(owed), reported(&events, view, only).1);
            for bid in last.deliveries.values().filter_map(|delivery| delivery.bid.clone()) {
                let only = Only { buyers: [bid.clone()].into(), ..Only::default() };
                let owed = moved(&events, |event| event.entry.as_ref().unwrap().owed_by(&bid));
                prop_assert_eq!(sum(owed), reported(&events, view, only).0);
            }
        }
    }
}
