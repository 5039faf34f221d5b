//! Workers that die at any call, and those that come after them.

use super::*;
use crate::tests::breakers::tap::{Fault, Tap};

fn now() -> Timestamp {
    at(100_000)
}

/// The calls of a booking.
async fn calls(events: &Events) -> Vec<String> {
    let (tap, tables) = (Tap::default(), TestTables::start().await);
    tap.before(&tables).book(events.clone(), drawn(1), now()).await.unwrap();
    tap.calls()
}

#[tokio::test]
async fn whoever_dies_at_any_call_the_next_delivery_counts_everything_once() {
    let events = some(3);
    for call in 0..calls(&events).await.len() {
        for fault in [Fault::Before, Fault::After] {
            let tables = TestTables::start().await;
            let dying = Tap::default().failing_at(call, fault).before(&tables);
            assert!(dying.book(events.clone(), drawn(1), now()).await.is_err(), "call {call} {fault:?}");
            tables.store().book(events.clone(), drawn(2), now()).await.unwrap();
            verify(&tables, &events, now()).await;
        }
    }
}

#[tokio::test]
async fn whoever_comes_after_a_death_may_die_too() {
    let events = of(&[sold(1, 0)]);
    let calls = calls(&events).await;
    // Whoever dies of a read has left what whoever died before has.
    for first in (0..calls.len()).filter(|number| calls[*number] != "GetItem") {
        for second in 0.. {
            let mut died = false;
            for faults in [[Fault::Before, Fault::After], [Fault::After, Fault::Before]] {
                let tables = TestTables::start().await;
                let dying = Tap::default().failing_at(first, faults[0]).before(&tables);
                assert!(dying.book(events.clone(), drawn(1), now()).await.is_err());
                let next = Tap::default().failing_at(second, faults[1]).before(&tables);
                died |= next.book(events.clone(), drawn(2), now()).await.is_err();
                tables.store().book(events.clone(), drawn(3), now()).await.unwrap();
                verify(&tables, &events, now()).await;
            }
            if !died {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_a_dead_worker_has_claimed_is_counted_on_its_days_while_their_month_is_open_and_then_when_it_is_found() {
    let events = of(&[sold(1, 0)]);
    for (found, is_closed) in [("2027-02-03T00:00:00Z", false), ("2027-02-04T00:00:00Z", true)] {
        let tables = TestTables::start().await;
        let transaction = calls(&events).await.len() - 1;
        let dying = Tap::default().failing_at(transaction, Fault::Before).before(&tables);
        assert!(dying.book(events.clone(), drawn(1), now()).await.is_err());
        let store = tables.store();
        let claimed = store.lead_entries(events[0].0).await.unwrap();
        assert!(!store.is_counted(&claimed[0].chunk).await.unwrap());
        let found: Timestamp = found.parse().unwrap();
        let booked = store.book(events.clone(), drawn(2), found).await.unwrap();
        assert_eq!(booked.counted, events.len());
        let counted = store.lead_entries(events[0].0).await.unwrap();
        for (was, is) in claimed.iter().zip(&counted) {
            let day = if is_closed { domain::time::utc_day(found) } else { was.days.booked };
            assert_eq!((is.booked_at, is.days.booked), (if is_closed { found } else { was.booked_at }, day));
            assert_eq!((was.days.received, was.days.sold), (is.days.received, is.days.sold));
            assert_eq!(was.happened, is.happened);
            assert_ne!(was.chunk, is.chunk);
            assert!(!store.is_counted(&was.chunk).await.unwrap() && store.is_counted(&is.chunk).await.unwrap());
        }
        verify(&tables, &events, if is_closed { found } else { now() }).await;
    }
}
