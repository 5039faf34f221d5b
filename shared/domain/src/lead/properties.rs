//! What holds over every history of a lead, whatever happens to it in whatever order.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    tests::{at, attempt, did, lead, pounds, stuck},
    *,
};
use crate::{
    consent::Spoken,
    feedback::{
        self,
        tests::{installation, properties::said},
    },
    money::{Money, Share},
};

const DELIVERIES: [&str; 4] = ["d1", "d2", "d3", "crm"];

/// Something that may happen; most of it is refused most of the time.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Queue,
    Skip,
    Hold,
    Intent,
    /// Of the last request, or of one that has been sent again since.
    Answer(u8, bool, i64),
    Decide(bool, i64),
    /// Who got the lead says something of it.
    Hear(Box<feedback::Event>),
    Deadline,
    Redeliver,
    AskReturn,
    ApproveReturn(bool),
    RefuseReturn,
    UndoReturn,
    Reoffer,
    EditPrice(i64),
    EditPayout(i64),
    Quarantine,
    Release,
    TurnAway,
    Say(bool, bool),
    Delete,
    GoOnDeleting,
    Sweep,
}

/// What happens, to which delivery, after how many seconds.
pub(crate) type History = Vec<(usize, i64, Event)>;

/// The lead after each step of a history, beginning with how it came in.
pub(crate) fn told(lead: &Lead, history: &History) -> Vec<Lead> {
    let (mut leads, mut clock) = (vec![lead.clone()], 0);
    for (step, (which, seconds, event)) in history.iter().enumerate() {
        clock += seconds;
        let next = after(&leads[step], DELIVERIES[*which], event, step as u128 + 1, at(clock));
        leads.push(Lead { version: leads[step].version + 1, ..next });
    }
    leads
}

/// A lead on terms of any kind.
pub(crate) fn on_any_terms() -> impl Strategy<Value = Lead> {
    (1u8..4, 0u8..3, 0i64..3_000, 1u16..=10_000).prop_map(|(max_sales, kind, amount, basis_points)| {
        let mut lead = lead(max_sales);
        let contacts = [("email", "ann@example.com"), ("phone1", "+447700900123")];
        lead.fields = contacts.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
        lead.payout.amount = pounds(amount);
        match kind {
            0 => {}
            1 => {
                lead.terms.share = Some(Share { basis_points, rounding: crate::money::Rounding::HalfEven });
                lead.payout.amount = pounds(0);
            }
            _ => {
                lead.terms.payout_mode = PayoutMode::SystemAccept;
                lead.payout.state = PayoutState::Earned;
                lead.payout.earned_at = Some(lead.received);
            }
        }
        lead
    })
}

pub(crate) fn events() -> impl Strategy<Value = History> {
    let event = prop_oneof![
        3 => Just(Event::Queue),
        1 => Just(Event::Skip),
        1 => Just(Event::Hold),
        6 => Just(Event::Intent),
        6 => (0u8..7, any::<bool>(), 0i64..5_000).prop_map(|(kind, late, price)| Event::Answer(kind, late, price)),
        2 => (any::<bool>(), 0i64..5_000).prop_map(|(yes, price)| Event::Decide(yes, price)),
        2 => said().prop_map(|said| Event::Hear(Box::new(said))),
        1 => Just(Event::Deadline),
        1 => Just(Event::Redeliver),
        2 => Just(Event::AskReturn),
        2 => any::<bool>().prop_map(Event::ApproveReturn),
        1 => Just(Event::RefuseReturn),
        2 => Just(Event::UndoReturn),
        1 => Just(Event::Reoffer),
        1 => (0i64..5_000).prop_map(Event::EditPrice),
        1 => (0i64..5_000).prop_map(Event::EditPayout),
        1 => Just(Event::Quarantine),
        1 => Just(Event::Release),
        1 => Just(Event::TurnAway),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(all, yes)| Event::Say(all, yes)),
        1 => Just(Event::Sweep),
        1 => prop_oneof![5 => Just(Event::GoOnDeleting), 1 => Just(Event::Delete)],
    ];
    prop::collection::vec((0..DELIVERIES.len(), 0i64..100, event), 0..60)
}

/// An answer of this kind, at a price where somebody pays for it.
fn outcome(kind: u8, price: i64, is_without_buyer: bool, later: Timestamp) -> Outcome {
    match kind {
        0 | 1 => Outcome::Accepted {
            price: pounds(if is_without_buyer { 0 } else { price }),
            reference: None,
            redirect_url: None,
        },
        2 => Outcome::Rejected { reason: "no".to_owned() },
        3 => Outcome::Retry { reason: "503".to_owned(), due: later },
        4 => Outcome::Pending { reference: None, deadline: later },
        5 => Outcome::Failed { reason: "500".to_owned() },
        _ => {
            let clearing = if price % 2 == 0 { Clearing::ByRepeat } else { Clearing::ByAnswer };
            Outcome::Unknown { reason: "?".to_owned(), clearing: clearing(later) }
        }
    }
}

/// The lead after an event, or as it was when the event is refused.
fn after(lead: &Lead, name: &str, event: &Event, fresh: u128, now: Timestamp) -> Lead {
    let delivery = did(name);
    let bid = (name != "crm").then(|| format!("b-{name}").parse().unwrap());
    let later = now + jiff::SignedDuration::from_secs(60);
    let round = lead.deliveries.get(&delivery).map_or(1, |delivery| delivery.round);
    let decision = |yes: bool, price| match yes {
        true => Decision::Accepted { price: pounds(price), reference: None },
        false => Decision::Rejected { reason: "no".to_owned() },
    };
    let next = match event {
        Event::Queue => lead.on_queued(&delivery, bid, now).ok(),
        Event::Skip => lead.on_skipped(&delivery, bid, SkipReason::DeliveryInactive, now).ok(),
        Event::Hold => lead.on_held(&delivery, later, now).ok(),
        Event::Intent => lead.on_intent(&delivery, round, attempt(fresh), now, later).ok(),
        Event::Answer(kind, is_late, price) => {
            let last = lead.deliveries.get(&delivery).map_or(0, |delivery| delivery.attempts);
            let number = last.saturating_sub(u32::from(*is_late));
            let outcome = outcome(*kind, *price, name == "crm", later);
            open_attempt(lead, &delivery).and_then(|open| lead.on_outcome(&delivery, &open, number, outcome, now).ok())
        }
        Event::Decide(yes, price) => lead.on_decided(&delivery, decision(*yes, *price), now).ok(),
        Event::Hear(said) => feedback::judge(lead, &delivery, (&fresh.to_string(), said), &installation(), now).ok(),
        Event::Deadline => lead.on_deadline(&delivery, now).ok(),
        Event::Redeliver => lead.on_redelivered(&delivery, now).ok(),
        Event::AskReturn => lead.on_return_requested(&delivery, ReturnRequest::because("OTHER"), now).ok(),
        Event::ApproveReturn(payout) => lead.on_return_approved(&delivery, *payout, now).ok(),
        Event::RefuseReturn => lead.on_return_refused(&delivery, "it is genuine", now).ok(),
        Event::UndoReturn => lead.on_return_undone(&delivery, "a mistake", now).ok(),
        Event::Reoffer => lead.on_reoffered(&delivery).ok(),
        Event::EditPrice(price) => {
            let order = EditOrder { order: &fresh.to_string(), by: "seller", reason: "agreed by phone" };
            lead.on_revenue_edited(bid.as_ref(), None, pounds(*price), order, now).ok()
        }
        Event::EditPayout(payout) => {
            let order = EditOrder { order: &fresh.to_string(), by: "seller", reason: "agreed by phone" };
            lead.on_payout_edited(pounds(*payout), order, now).ok()
        }
        Event::Quarantine => lead.on_quarantined("looks odd".to_owned(), None).ok(),
        Event::Release => lead.on_released(now).ok(),
        Event::TurnAway => lead.on_quarantine_ended(&Ending::Reject { reason: "odd".to_owned() }, now).ok(),
        Event::Say(all, yes) => {
            let channels = if *all { &Channel::ALL[..] } else { &[Channel::Sms] };
            lead.on_consent_said(channels, *yes, &Spoken::default(), now).ok()
        }
        Event::Delete => lead.on_deleted(now).ok(),
        Event::GoOnDeleting => lead.on_deletion_due(now).unwrap(),
        Event::Sweep => Some(lead.on_swept(now)),
    };
    next.unwrap_or_else(|| lead.clone())
}

fn open_attempt(lead: &Lead, delivery: &DeliveryRef) -> Option<crate::id::AttemptId> {
    let (DeliveryState::Sending { attempt, .. } | DeliveryState::Unknown { attempt, .. }) =
        &lead.deliveries.get(delivery)?.state
    else {
        return None;
    };
    Some(*attempt)
}

fn is_in_doubt(state: &DeliveryState) -> bool {
    state.is_in_doubt() || matches!(state, DeliveryState::Unknown { .. })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn slots_prices_and_final_states_stay_right(max_sales in 1u8..4, history in events()) {
        let mut lead = lead(max_sales);
        let mut prices: BTreeMap<DeliveryRef, Money> = BTreeMap::new();
        let mut clock = 0;
        for (step, (which, seconds, event)) in history.iter().enumerate() {
            clock += seconds;
            let now = at(clock);
            let next = after(&lead, DELIVERIES[*which], event, step as u128 + 1, now);

            // I3: never more sales than slots, and never more requests that might become sales.
            prop_assert!(next.occupied_slots() <= usize::from(max_sales));
            for (delivery, state) in &next.deliveries {
                let before = lead.deliveries.get(delivery);
                // I4: a request is written down before it is made, and numbers only grow.
                prop_assert!(state.attempts >= before.map_or(0, |before| before.attempts));
                prop_assert!(state.attempts > 0 || !state.state.occupies_slot());
                // I5: what the buyer may have is its, until it says no, or the seller.
                let then = before.map(|before| &before.state).filter(|then| is_in_doubt(then));
                let is_refused = matches!(state.state, DeliveryState::Rejected { .. });
                prop_assert!(
                    is_refused || then.is_none_or(|then| then.open_attempt() == state.state.open_attempt()),
                    "{:?} is forgotten: {:?}", then, state.state
                );
                if let Some(sale) = state.state.sale() {
                    // A price is what the buyer agreed to, and what was edited since; an acceptance is never undone, only
                    // returned.
                    let edits = next.edits.iter().filter(|edit| edit.sale.as_ref() == Some(delivery));
                    let agreed = edits.fold(sale.price, |price, edit| price.sub(edit.delta).unwrap());
                    let pinned = *prices.entry(delivery.clone()).or_insert(agreed);
                    prop_assert_eq!(pinned, agreed);
                } else {
                    prop_assert!(!prices.contains_key(delivery));
                }
                // I9: what is in motion is found again, by its status or by its time.
                let watched = next.sold_status() == SoldStatus::Open || next.watch_at().is_some();
                let decides = state.state.decision_needed_since().is_some();
                prop_assert!(!state.state.is_in_motion() || watched || decides);
            }
            lead = next;
        }
        let owed: i64 = lead.standing_sales().map(|(.., sale)| sale.price.minor).sum();
        prop_assert_eq!(lead.revenue(), Ok(pounds(owed)));
        let stored = serde_json::to_string(&lead).unwrap();
        prop_assert_eq!(serde_json::from_str::<Lead>(&stored).unwrap(), lead);
    }

    #[test]
    fn a_lead_that_nobody_touches_any_more_comes_to_rest_or_to_a_person(history in events()) {
        let mut lead = lead(2);
        for (step, (which, _, event)) in history.iter().enumerate() {
            lead = after(&lead, DELIVERIES[*which], event, step as u128 + 1, at(0));
        }
        // What the sweeper finds, a worker then settles: a lease that ended as unknown, a deadline as refusal or question.
        for hour in 1..=200 {
            let now = at(hour * 3_600);
            lead = lead.on_deletion_due(now).unwrap().unwrap_or(lead);
            for (delivery, round) in stuck(&lead, hour * 3_600) {
                let state = lead.deliveries[&delivery].clone();
                lead = match lead.on_intent(&delivery, round, attempt(u128::MAX - hour as u128), now, now) {
                    Ok(next) => next,
                    Err(NotNow::LeaseExpired { attempt }) => {
                        let unknown = Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(now) };
                        lead.on_outcome(&delivery, &attempt, u32::MAX, unknown, now).unwrap()
                    }
                    Err(NotNow::Overdue) => lead.on_deadline(&delivery, now).unwrap(),
                    Err(NotNow::NoSlot) => lead.on_skipped(&delivery, state.bid, SkipReason::NoSlot, now).unwrap(),
                    // It waits for another one's answer to be deleted, and goes nowhere meanwhile.
                    Err(NotNow::Passed) if lead.is_deleted() => lead,
                    Err(stuck) => return Err(TestCaseError::fail(format!("{state:?} is {stuck:?}"))),
                };
            }
        }
        for delivery in lead.deliveries.values() {
            let decides = delivery.state.decision_needed_since().is_some();
            prop_assert!(decides || !delivery.state.is_in_motion(), "{:?}", delivery.state);
        }
        prop_assert!(lead.deletion.is_none_or(|deletion| deletion.stage == DeletionStage::Erased));
    }
}
