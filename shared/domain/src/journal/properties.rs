//! What holds of the journal over every history of a lead.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{EntryKind, Event, events, news};
use crate::{
    id::DeliveryRef,
    lead::{
        Lead,
        properties::{events as history, on_any_terms, told},
    },
    report::Counts,
};

/// Everything that was told while the lead went its way, under its name.
fn booked(leads: &[Lead]) -> BTreeMap<String, Event> {
    let mut booked = BTreeMap::new();
    let mut before = None;
    for lead in leads {
        for event in news(before, lead).unwrap() {
            let name = event.name.clone();
            assert!(booked.insert(name.clone(), event).is_none(), "{name} is told twice");
        }
        before = Some(lead);
    }
    booked
}

fn sum<'a>(events: impl IntoIterator<Item = &'a Event>) -> Counts {
    events.into_iter().fold(Counts::default(), |sum, event| sum.checked_add(event.counts).unwrap())
}

/// What the events of a sale's first, second, … return end with.
fn suffix(did: &DeliveryRef, number: u8) -> String {
    if number == 1 { format!("#{did}") } else { format!("#{did}#{number}") }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_told_step_by_step_adds_up_to_what_the_row_says(lead in on_any_terms(), history in history()) {
        let leads = told(&lead, &history);
        let last = leads.last().unwrap();
        let (booked, folded) = (booked(&leads), events(last).unwrap());
        // An event never changes once it has happened.
        for event in &folded {
            prop_assert_eq!(booked.get(&event.name), Some(event));
        }
        prop_assert_eq!(sum(booked.values()), sum(&folded));
        prop_assert_eq!(booked.values().filter(|event| event.entry.is_some()).count(),
            folded.iter().filter(|event| event.entry.is_some()).count());
    }

    #[test]
    fn every_entry_is_balanced_and_they_add_up_to_what_is_owed(lead in on_any_terms(), history in history()) {
        let leads = told(&lead, &history);
        let last = leads.last().unwrap();
        let folded = events(last).unwrap();
        let entries: Vec<_> = folded.iter().filter_map(|event| event.entry.as_ref()).collect();
        for entry in &entries {
            prop_assert!(entry.is_balanced(), "{:?}", entry);
        }
        let counts = sum(&folded);
        prop_assert_eq!(counts.revenue, last.revenue().unwrap().minor);
        prop_assert_eq!(counts.payout, last.earned_payout().unwrap().minor);
        prop_assert_eq!(counts.payout, entries.iter().map(|entry| entry.owed_to(&last.sid)).sum::<i64>());
        for delivery in last.deliveries.values() {
            let Some(bid) = &delivery.bid else { continue };
            let owed: i64 = entries.iter().map(|entry| entry.owed_by(bid)).sum();
            prop_assert_eq!(owed, last.revenue_from(bid).unwrap().minor);
        }
    }

    #[test]
    fn a_sale_is_reversed_to_the_penny_and_never_again_until_that_is_undone(lead in on_any_terms(), history in history()) {
        let leads = told(&lead, &history);
        let last = leads.last().unwrap();
        for (did, _, sale) in last.sales() {
            let own = events(last).unwrap();
            let own: Vec<_> = own.iter().filter(|event| event.place.did.as_ref() == Some(did)).collect();
            let of = |kind| own.iter().filter(move |event| event.entry.as_ref().is_some_and(|entry| entry.kind == kind));
            prop_assert_eq!(of(EntryKind::Sale).count(), 1);
            let (returns, undone) = (of(EntryKind::Return).count(), of(EntryKind::ReturnUndone).count());
            prop_assert_eq!(returns - undone, usize::from(!sale.stands()));
            for back in sale.returns().filter_map(|back| back.taken.as_ref().map(|taken| (back, taken))) {
                let moved: i64 = own.iter().filter(|event| event.at == back.0.at || event.at == back.1.at)
                    .filter(|event| event.counts.returns != 0 && event.name.ends_with(&suffix(did, back.0.number)))
                    .map(|event| event.counts.revenue).sum();
                // What is undone is what was taken.
                prop_assert_eq!(moved, if back.0.is_approved() { -back.1.price.minor } else { 0 });
            }
            let revenue: i64 = own.iter().map(|event| event.counts.revenue).sum();
            prop_assert_eq!(revenue, if sale.stands() { sale.price.minor } else { 0 });
        }
    }

    #[test]
    fn the_numbers_of_one_lead_are_those_of_one_lead(lead in on_any_terms(), history in history()) {
        for lead in told(&lead, &history) {
            let counts = sum(&events(&lead).unwrap());
            prop_assert_eq!((counts.leads, counts.valid()), (1, i64::from(lead.was_taken_in())));
            for number in [counts.approved, counts.rejected, counts.pending(), counts.payable(), counts.invalid] {
                prop_assert!((0..=1).contains(&number), "{:?}", counts);
            }
            prop_assert!(counts.returns <= counts.sold && counts.not_reached <= counts.sold);
            prop_assert!(counts.converted <= counts.contacted && counts.contacted <= counts.sold);
        }
    }
}
