//! What holds whatever happens to a lead, and whatever is said of it.

use proptest::prelude::*;

use super::*;
use crate::{
    journal::events as booked,
    lead::properties::{events as history, on_any_terms, told},
};

pub(crate) fn said() -> impl Strategy<Value = Event> {
    let code = prop_oneof![Just(None), Just(Some("DUPE")), Just(Some("X1"))];
    let revenue = prop::option::of((0i64..2_000).prop_map(pounds));
    (0..EventKind::ALL.len(), code, revenue)
        .prop_map(|(kind, code, revenue)| event(EventKind::ALL[kind], code, revenue))
}

/// An open event as it is read where it comes to.
pub(crate) fn tell_of(open: &Open, lead: &Lead) -> Event {
    serde_json::from_str::<Event>(&open.event(lead.id, &lead.id.to_string()).unwrap()).unwrap().checked().unwrap()
}

/// Tells what is to be told of a lead, until nothing is; returns what was taken.
fn tell(telling: &mut Telling, lead: &Lead, fresh: &mut u128, taken: &mut Vec<Word>) {
    loop {
        *fresh += 1;
        let Step::Send(sending) = telling.next_step(lead, attempt(*fresh), at(0), at(40)).unwrap() else { return };
        let open = sending.open().unwrap().clone();
        *telling = sending.on_heard(open.id, &Heard::Taken, Made::default(), 500, at(1)).unwrap();
        taken.push(open.word);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_word_that_is_taken_is_taken_once_and_moves_no_more_money_than_it_says(
        lead in on_any_terms(), history in history(), said in said(),
    ) {
        let leads = told(&lead, &history);
        let lead = leads.last().unwrap();
        let codes = installation();
        if let Ok(after) = judge(lead, &did("d1"), ("h1", &said), &codes, at(99_999)) {
            prop_assert_eq!(&judge(&after, &did("d1"), ("h2", &said), &codes, at(100_000)).unwrap(), &after);
            let (was, is) = (booked(lead).unwrap(), booked(&after).unwrap());
            let sold = said.event == EventKind::Sold && after != *lead;
            prop_assert!(was.iter().all(|event| is.contains(event)), "nothing that is booked goes away");
            let entries = |events: &[crate::journal::Event]| events.iter().filter(|event| event.entry.is_some()).count();
            prop_assert!(sold || entries(&was) == entries(&is), "only a sale is booked");
            for (other, delivery) in after.deliveries.iter().filter(|(other, _)| **other != did("d1")) {
                prop_assert_eq!(Some(&delivery.state), lead.deliveries.get(other).map(|was| &was.state));
            }
        }
    }

    #[test]
    fn who_is_told_step_by_step_knows_in_the_end_what_the_lead_says(
        lead in on_any_terms(), history in history(), looks in prop::collection::vec(any::<bool>(), 61),
    ) {
        let leads = told(&lead, &history);
        let (mut telling, mut fresh, mut taken) = (Telling::new(lead.id, None, at(0)), 0, Vec::new());
        for (lead, look) in leads.iter().zip(&looks) {
            // Messages get lost, and several steps are seen as one.
            if *look {
                tell(&mut telling, lead, &mut fresh, &mut taken);
            }
        }
        let last = leads.last().unwrap();
        tell(&mut telling, last, &mut fresh, &mut taken);
        if last.payout.state == PayoutState::Earned {
            let revenue = last.earned_payout().unwrap();
            prop_assert_eq!(taken.last(), Some(&Word::Sold { revenue }));
        }
        let is_over = last.sold_status() == SoldStatus::Returned && last.payout.state == PayoutState::Reversed;
        let thinks_it_is_paid_for = taken.last().is_none_or(|word| matches!(word, Word::Sold { .. }));
        prop_assert!(!(is_over && thinks_it_is_paid_for));
        for (place, word) in taken.iter().enumerate().filter(|(_, word)| matches!(word, Word::Returned { .. })) {
            let was_paid_for = taken[..place].last().is_some_and(|word| !matches!(word, Word::Unsold { .. }));
            prop_assert!(was_paid_for, "{:?} comes back that was not paid for", word);
        }
        let stored = serde_json::to_string(&telling).unwrap();
        prop_assert_eq!(serde_json::from_str::<Telling>(&stored).unwrap(), telling);
    }
}
