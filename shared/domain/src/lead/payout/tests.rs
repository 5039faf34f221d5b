//! What comes back with returns, and is earned again by later sales.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{
    campaign::PayoutMode,
    journal::{Event, events},
    lead::{
        EditOrder, Lead, Outcome, PayoutState, ReturnRequest,
        properties::on_any_terms,
        tests::{at, attempt, did, lead, pounds},
    },
    money::{Rounding, Share},
    report::Counts,
};

/// Sold through this delivery, to a buyer of its own.
fn sold(lead: &Lead, name: &str, price: i64) -> Lead {
    let (did, id, bid) = (did(name), attempt(1), format!("b-{name}").parse().unwrap());
    let queued = lead.on_queued(&did, Some(bid), at(0)).unwrap();
    let sending = queued.on_intent(&did, 1, id, at(1), at(99)).unwrap();
    let bought = Outcome::Accepted { price: pounds(price), reference: None, redirect_url: None };
    sending.on_outcome(&did, &id, 1, bought, at(2)).unwrap()
}

fn returned(lead: &Lead, name: &str, with_payout: bool) -> Lead {
    let asked = lead.on_return_requested(&did(name), ReturnRequest::because("OTHER"), at(3)).unwrap();
    asked.on_return_approved(&did(name), with_payout, at(4)).unwrap()
}

/// With its payout put right; as it is, where there is none.
fn edited(lead: &Lead, payout: i64) -> Lead {
    let order = EditOrder { order: "o", by: "seller", reason: "agreed by phone" };
    let mut edited = lead.on_payout_edited(pounds(payout), order, at(5)).unwrap_or_else(|_| lead.clone());
    let number = edited.edits.len();
    if let Some(edit) = edited.edits.last_mut() {
        edit.order = number.to_string();
    }
    edited
}

/// Half of each sale.
fn shared(max_sales: u8) -> Lead {
    let mut lead = lead(max_sales);
    lead.terms.share = Some(Share { basis_points: 5_000, rounding: Rounding::HalfEven });
    lead.payout.amount = pounds(0);
    lead
}

fn for_each_valid_lead(max_sales: u8) -> Lead {
    let mut lead = lead(max_sales);
    lead.terms.payout_mode = PayoutMode::SystemAccept;
    lead.payout.state = PayoutState::Earned;
    lead.payout.earned_at = Some(lead.received);
    lead
}

/// The numbers of each delivery; of none, under no name.
fn by_delivery(lead: &Lead) -> BTreeMap<String, Counts> {
    let mut rows: BTreeMap<String, Counts> = BTreeMap::new();
    for event in events(lead).unwrap() {
        let row = rows.entry(event.place.did.map(|did| did.to_string()).unwrap_or_default()).or_default();
        *row = row.checked_add(event.counts).unwrap();
    }
    rows
}

#[test]
fn a_share_that_was_lowered_and_taken_back_does_not_lessen_what_a_later_return_takes_back() {
    let first = returned(&edited(&sold(&shared(2), "d1", 1_000), 200), "d1", true);
    assert_eq!(first.earned_payout(), Ok(pounds(0)));
    let second = sold(&first, "d2", 1_600);
    assert_eq!(second.earned_payout(), Ok(pounds(800)));
    assert_eq!(returned(&second, "d2", true).earned_payout(), Ok(pounds(0)));
}

#[test]
fn a_share_that_is_left_to_the_supplier_stays_with_it_when_the_last_sale_goes() {
    let both = edited(&sold(&sold(&shared(2), "d1", 1_000), "d2", 1_600), 2_000);
    let left = returned(&returned(&both, "d1", false), "d2", true);
    assert_eq!(left.earned_payout(), Ok(pounds(500)));
}

#[test]
fn what_a_return_took_back_is_earned_again_by_the_next_sale_however_it_was_earned() {
    for first in [lead(2), for_each_valid_lead(2)] {
        let back = returned(&edited(&sold(&first, "d1", 1_000), 600), "d1", true);
        assert_eq!((back.earned_payout(), back.payout.state), (Ok(pounds(0)), PayoutState::Reversed));
        let again = sold(&back, "d2", 1_250);
        assert_eq!((again.earned_payout(), again.payout.state), (Ok(pounds(600)), PayoutState::Earned));
        assert_eq!(returned(&again, "d2", true).earned_payout(), Ok(pounds(0)));
    }
}

#[test]
fn a_payout_is_given_again_once_with_whichever_sale_stands_first_again() {
    let undone = |lead: &Lead, name: &str| lead.on_return_undone(&did(name), "a mistake", at(6)).unwrap();
    let both = sold(&sold(&lead(3), "d1", 1_000), "d2", 1_250);
    let none = returned(&returned(&both, "d1", true), "d2", true);
    assert_eq!(none.earned_payout(), Ok(pounds(0)));
    for (first, second) in [("d1", "d2"), ("d2", "d1")] {
        let one = undone(&none, first);
        assert_eq!((one.earned_payout(), one.payout.state), (Ok(pounds(500)), PayoutState::Earned), "{first}");
        assert_eq!(undone(&one, second).earned_payout(), Ok(pounds(500)));
        assert_eq!(returned(&one, first, true).payout.state, PayoutState::Reversed);
    }
    let again = undone(&sold(&none, "d3", 900), "d1");
    assert_eq!(again.earned_payout(), Ok(pounds(500)), "the third sale has earned it");
    let halves = sold(&sold(&shared(2), "d1", 1_000), "d2", 1_600);
    let back = returned(&returned(&halves, "d1", true), "d2", true);
    assert_eq!(undone(&undone(&back, "d1"), "d2").earned_payout(), Ok(pounds(1_300)));
}

#[test]
fn what_is_taken_back_again_is_taken_from_where_it_was_earned_since() {
    let both = sold(&returned(&sold(&lead(3), "d1", 1_000), "d1", true), "d2", 1_250);
    let undone = both.on_return_undone(&did("d1"), "a mistake", at(6)).unwrap();
    let none = returned(&returned(&undone, "d2", true), "d1", true);
    let payouts: Vec<_> = by_delivery(&none).into_iter().map(|(did, counts)| (did, counts.payout)).collect();
    let nothing = |did: &str| (did.to_owned(), 0);
    assert_eq!((none.earned_payout(), payouts), (Ok(pounds(0)), vec![nothing(""), nothing("d1"), nothing("d2")]));
}

#[test]
fn a_payout_its_edits_and_its_reversal_count_where_it_was_earned() {
    let payout = |lead: &Lead| {
        let rows = by_delivery(lead).into_iter().map(|(did, counts)| (did, counts.payout, counts.payable()));
        rows.filter(|(_, payout, payable)| (*payout, *payable) != (0, 0)).collect::<Vec<_>>()
    };
    let row = |did: &str, payout| (did.to_owned(), payout, 1);
    for (first, place) in [(lead(3), "d1"), (for_each_valid_lead(3), "")] {
        let both = sold(&edited(&sold(&first, "d1", 1_000), 600), "d2", 1_250);
        assert_eq!(payout(&both), [row(place, 600)], "d2 earned nothing");
        let back = returned(&returned(&both, "d1", true), "d2", true);
        assert_eq!(payout(&back), [], "of {place}");
        let again = edited(&sold(&back, "d3", 900), 700);
        assert_eq!(payout(&again), [row("d3", 700)], "the later buyer's row has what is earned with it");
    }
}

/// A sale, what its supplier's payout is then put right to, and which of the sales is then returned with its payout.
type Turn = (i64, Option<i64>, Option<usize>);

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    prop::collection::vec((0i64..5_000, prop::option::of(0i64..5_000), prop::option::of(0usize..3)), 1..4)
}

const DELIVERIES: [&str; 3] = ["d1", "d2", "d3"];

/// The lead after each step.
fn history(lead: Lead, turns: &[Turn]) -> Vec<Lead> {
    let mut leads = vec![lead];
    let stands = |lead: &Lead, name: &str| lead.standing_sales().any(|(sold, ..)| *sold == did(name));
    for ((price, payout, back), name) in turns.iter().zip(DELIVERIES) {
        let now = leads.last().unwrap();
        if now.occupied_slots() < usize::from(now.terms.max_sales) {
            leads.push(sold(now, name, *price));
        }
        leads.extend(payout.map(|payout| edited(leads.last().unwrap(), payout)));
        let back = back.map(|back| DELIVERIES[back]).filter(|name| stands(leads.last().unwrap(), name));
        leads.extend(back.map(|name| returned(leads.last().unwrap(), name, true)));
    }
    for name in DELIVERIES {
        if stands(leads.last().unwrap(), name) {
            leads.push(returned(leads.last().unwrap(), name, true));
        }
    }
    leads
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn once_no_sale_stands_and_each_went_with_its_payout_nothing_is_earned(lead in on_any_terms(), turns in turns()) {
        let mut told: Vec<Event> = Vec::new();
        for lead in history(lead, &turns) {
            if lead.sales().next().is_some() && lead.standing_sales().next().is_none() {
                prop_assert_eq!(lead.earned_payout(), Ok(pounds(0)));
                // A total that was put right to less than some shares comes off these, whoever's they are.
                let is_nobodys = by_delivery(&lead).values().all(|counts| counts.payout == 0);
                prop_assert!(is_nobodys || lead.terms.share.is_some(), "{:?}", by_delivery(&lead));
            }
            // What has been booked stays so.
            let booked: Vec<Event> = events(&lead).unwrap().into_iter().filter(|event| event.entry.is_some()).collect();
            prop_assert!(told.iter().all(|event| booked.contains(event)), "{:?} {:?}", told, booked);
            told = booked;
        }
    }
}
