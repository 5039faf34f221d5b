//! Step by step, and over every history: a balance follows what its buyer owes.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    journal::{Account, events},
    lead::{
        Agreed, Clearing, DeliveryState, EditOrder, NotNow, Outcome, ReturnRequest,
        properties::{events as history, on_any_terms, told},
        tests::{at, attempt, did, lead, pounds},
    },
};

fn bid() -> BuyerRef {
    "b1".parse().unwrap()
}

/// A request under way to a buyer on credit, of which this much is set aside.
fn sending(reserved: i64) -> Lead {
    let queued = lead(1).on_queued(&did("d1"), Some(bid()), at(0)).unwrap();
    let sending = queued.on_intent(&did("d1"), 1, attempt(1), at(10), at(40)).unwrap();
    sending.agreeing(&did("d1"), Agreed { credit: Some(pounds(reserved)), ..Agreed::default() })
}

fn after(lead: &Lead, outcome: Outcome) -> Lead {
    lead.on_outcome(&did("d1"), &attempt(1), 1, outcome, at(12)).unwrap()
}

fn accepted(price: i64) -> Outcome {
    Outcome::Accepted { price: pounds(price), reference: None, redirect_url: None }
}

fn unknown() -> Outcome {
    Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(at(99)) }
}

fn unanswered() -> Outcome {
    Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByRepeat(at(50)) }
}

fn changes(before: &Lead, after: &Lead) -> Vec<CreditChange> {
    let moves = after.credit_moves(before).unwrap();
    assert!(moves.iter().all(|one| (&one.bid, one.attempt) == (&bid(), attempt(1))), "{moves:?}");
    moves.into_iter().map(|one| one.change).collect()
}

fn settle(reserved: i64, owed: i64) -> Vec<CreditChange> {
    vec![CreditChange::Settle { reserved: pounds(reserved), owed: pounds(owed) }]
}

#[test]
fn a_reservation_is_settled_for_what_becomes_of_its_request() {
    let sending = sending(1_250);
    for (outcome, owed) in [
        (accepted(1_250), 1_250),
        (accepted(900), 900),
        (accepted(2_000), 2_000),
        (Outcome::Rejected { reason: "no".to_owned() }, 0),
        (Outcome::Retry { reason: "503".to_owned(), due: at(60) }, 0),
        (Outcome::Pending { reference: None, deadline: at(60) }, 1_250),
        (unknown(), 1_250),
    ] {
        assert_eq!(changes(&sending, &after(&sending, outcome)), settle(1_250, owed));
    }
    assert_eq!(changes(&sending, &after(&sending, unanswered())), [], "the same request is to be made again");
}

#[test]
fn what_was_settled_before_it_was_known_is_put_right_with_the_leads_write() {
    let unknown = after(&sending(1_250), unknown());
    let rejected = after(&unknown, Outcome::Rejected { reason: "no".to_owned() });
    assert_eq!(changes(&unknown, &rejected), [CreditChange::Move(pounds(1_250))]);
    assert_eq!(changes(&unknown, &after(&unknown, accepted(900))), [CreditChange::Move(pounds(350))]);
    assert_eq!(changes(&unknown, &after(&unknown, accepted(1_250))), []);
}

#[test]
fn a_request_that_is_charged_is_not_made_again_because_somebody_else_heard_nothing_either() {
    let unknown = after(&sending(1_250), unknown());
    let late = unknown.on_outcome(&did("d1"), &attempt(1), 1, unanswered(), at(45)).unwrap_or(unknown);
    // Otherwise its reservation would be done with, and a sale that comes of the repeat would be charged to nobody.
    assert_eq!(late.on_intent(&did("d1"), 1, attempt(2), at(60), at(90)), Err(NotNow::Passed));
    assert_eq!(late.charged().count(), 1);
}

#[test]
fn what_is_set_aside_stays_so_when_a_repeat_fails_and_is_charged_when_no_other_follows() {
    let unanswered = after(&sending(1_250), unanswered());
    let repeated = unanswered.on_intent(&did("d1"), 1, attempt(2), at(50), at(90)).unwrap();
    let heard = |outcome| repeated.on_outcome(&did("d1"), &attempt(1), 2, outcome, at(52)).unwrap();
    assert_eq!(changes(&unanswered, &repeated), []);
    assert_eq!(changes(&repeated, &heard(Outcome::Retry { reason: "503".to_owned(), due: at(60) })), []);
    let failed = heard(Outcome::Failed { reason: "503".to_owned() });
    assert_eq!(changes(&repeated, &failed), settle(1_250, 1_250));
    let given_up = unanswered.on_repeat_given_up(&did("d1"), "it is switched off", at(50)).unwrap();
    assert_eq!(changes(&unanswered, &given_up), settle(1_250, 1_250));
}

#[test]
fn a_return_gives_the_price_back_and_an_edit_the_difference() {
    let sold = after(&sending(1_250), accepted(1_250));
    let order = EditOrder { order: "1", by: "seller", reason: "agreed by phone" };
    let edited = sold.on_revenue_edited(None, None, pounds(2_000), order, at(20)).unwrap();
    assert_eq!(changes(&sold, &edited), [CreditChange::Move(pounds(-750))]);
    let asked = edited.on_return_requested(&did("d1"), ReturnRequest::because("OTHER"), at(30)).unwrap();
    assert_eq!(changes(&edited, &asked), []);
    let returned = asked.on_return_approved(&did("d1"), true, at(40)).unwrap();
    assert_eq!(changes(&asked, &returned), [CreditChange::Move(pounds(2_000))]);
}

#[test]
fn where_nothing_was_set_aside_nothing_is_settled_and_a_price_goes_with_the_leads_write() {
    let sending = sending(0);
    assert_eq!(sending.set_aside(&did("d1")), None);
    assert_eq!(changes(&sending, &after(&sending, accepted(0))), []);
    assert_eq!(changes(&sending, &after(&sending, accepted(500))), [CreditChange::Move(pounds(-500))]);
    let billed = sending.agreeing(&did("d1"), Agreed::default());
    assert_eq!(changes(&billed, &after(&billed, accepted(500))), [], "it is sent a bill");
}

#[test]
fn what_a_dead_worker_left_is_settled_for_what_its_lead_says() {
    let (sending, own) = (sending(1_250), reservation_id(attempt(1)));
    let leftover = |lead: &Lead, id: &str| lead.credit_leftover(&bid(), id, pounds(1_250));
    assert_eq!(leftover(&sending, &own), None, "nobody knows yet");
    assert_eq!(leftover(&sending, &reservation_id(attempt(2))), Some(pounds(0)), "it was never written down");
    assert_eq!(leftover(&after(&sending, accepted(900)), &own), Some(pounds(900)));
    assert_eq!(leftover(&after(&sending, unknown()), &own), Some(pounds(1_250)));
    assert_eq!(leftover(&after(&sending, Outcome::Failed { reason: "no".to_owned() }), &own), Some(pounds(0)));
    let other = sending.credit_leftover(&"b2".parse().unwrap(), &own, pounds(1_250));
    assert_eq!(other, Some(pounds(0)), "it is another buyer's");
}

/// The lead with each request on credit: of every other one nothing is set aside.
fn on_credit_all(lead: &Lead) -> Lead {
    let mut lead = lead.clone();
    for delivery in lead.deliveries.values_mut().filter(|delivery| delivery.bid.is_some()) {
        let open = delivery.state.open_attempt();
        delivery.agreed.credit = open.map(|attempt| pounds(if attempt.ulid().0 % 2 == 0 { 0 } else { 1_250 }));
    }
    lead
}

/// What the journal has moved on the accounts of buyers' credit.
fn by_journal(lead: &Lead) -> i64 {
    let lines = events(lead).unwrap().into_iter().filter_map(|event| event.entry).flat_map(|entry| entry.lines);
    lines.filter(|line| matches!(line.account, Account::BuyerCredit(_))).map(|line| line.minor).sum()
}

/// What is with a buyer that has not said whether it buys.
fn undecided(lead: &Lead) -> i64 {
    let undecided = lead.deliveries.values().filter(|delivery| match delivery.state {
        DeliveryState::AwaitingFeedback { .. }
        | DeliveryState::Unknown { clearing: Clearing::ByAnswer(_) | Clearing::BySeller(_), .. } => true,
        DeliveryState::Unknown { clearing: Clearing::ByRepeat(_), .. }
        | DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Retry { .. }
        | DeliveryState::Accepted { .. }
        | DeliveryState::Rejected { .. }
        | DeliveryState::Failed { .. }
        | DeliveryState::Skipped { .. } => false,
    });
    undecided.filter_map(|delivery| delivery.agreed.credit).map(|reserved| reserved.minor).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_balance_is_what_the_journal_and_the_open_reservations_leave_of_it(lead in on_any_terms(), history in history()) {
        let leads: Vec<Lead> = told(&lead, &history).iter().map(on_credit_all).collect();
        let (mut balance, mut open) = (0, BTreeMap::new());
        for step in leads.windows(2) {
            let [before, after] = step else { unreachable!("two of them") };
            for (did, delivery) in &after.deliveries {
                let Some((_, reserved)) = after.set_aside(did) else { continue };
                let attempt = delivery.state.open_attempt().unwrap();
                let is_new = before.deliveries.get(did).is_none_or(|then| then.state.open_attempt() != Some(attempt));
                if is_new {
                    balance -= reserved.minor;
                    open.insert(attempt, reserved);
                }
            }
            for CreditMove { attempt, change, .. } in after.credit_moves(before).unwrap() {
                match change {
                    CreditChange::Settle { reserved, owed } => {
                        prop_assert_eq!(open.remove(&attempt), Some(reserved));
                        balance += reserved.minor - owed.minor;
                    }
                    CreditChange::Move(by) => {
                        prop_assert!(!open.contains_key(&attempt), "a reservation is in the way");
                        balance += by.minor;
                    }
                }
            }
            let reserved: i64 = open.values().map(|reserved| reserved.minor).sum();
            prop_assert_eq!(balance, -by_journal(after) - undecided(after) - reserved);
            for one in after.charged() {
                prop_assert!(!open.contains_key(&one.attempt));
            }
        }
    }
}
