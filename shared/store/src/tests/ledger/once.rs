//! The same events, again, cut elsewhere, by several workers, late.

use futures::future::join_all;

use super::*;

/// Long after all of it has happened, and within the same month.
fn now() -> Timestamp {
    at(100_000)
}

#[tokio::test]
async fn a_batch_that_comes_twice_counts_once() {
    let tables = TestTables::start().await;
    saved(&tables.store(), crate::tests::campaign()).await;
    let events = some(5);
    let first = tables.store().book(events.clone(), drawn(1), now()).await.unwrap();
    assert_eq!((first.counted, first.known), (events.len(), 0));
    verify(&tables, &events, now()).await;
    let again = tables.store().book(events.clone(), drawn(2), now()).await.unwrap();
    assert_eq!(again, Booked { counted: 0, known: events.len(), chunks: 0 });
    verify(&tables, &events, now()).await;
}

#[tokio::test]
async fn an_event_that_is_twice_in_a_batch_counts_once() {
    let tables = TestTables::start().await;
    let events = some(3);
    let twice = [events.clone(), events.clone()].concat();
    let booked = tables.store().book(twice, drawn(1), now()).await.unwrap();
    assert_eq!(booked.counted, events.len());
    verify(&tables, &events, now()).await;
}

#[tokio::test]
async fn pieces_that_overlap_and_come_in_any_order_count_once() {
    let tables = TestTables::start().await;
    let events = some(12);
    let (a, b, c) = (events.len() / 3, events.len() / 2, events.len());
    let mut worker = 0;
    for (from, to) in [(b, c), (0, a), (a / 2, b + 3), (0, c), (c - 1, c)] {
        worker += 1;
        booked(&tables.store(), worker, &events[from..to], now()).await;
    }
    verify(&tables, &events, now()).await;
}

#[tokio::test]
async fn several_workers_with_the_same_and_with_overlapping_batches_count_everything_once() {
    for round in 0..4 {
        let tables = TestTables::start().await;
        let store = tables.store();
        let events = some(6);
        let half = events.len() / 2;
        let batches = [&events[..], &events[..half + 2], &events[half - 2..], &events[..]];
        let works = (1..).zip(batches).map(|(worker, batch)| booked(&store, round * 10 + worker, batch, now()));
        let counted: usize = join_all(works).await.iter().map(|booked| booked.counted).sum();
        // What a worker has counted and did not live to hear of is counted by nobody else.
        assert!(counted <= events.len(), "{counted} of {}", events.len());
        verify(&tables, &events, now()).await;
    }
}

#[tokio::test]
async fn a_closed_month_is_booked_no_more_and_an_open_one_by_the_day_it_happened() {
    // 2027-01-15 and a return on the 16th; the month is closed from 4 February on, in London, and takes
    // nothing in the two minutes before.
    let tables = TestTables::start().await;
    zoned(&tables.store(), "Europe/London").await;
    let events = some(3);
    let open: Timestamp = "2027-02-03T23:57:59Z".parse().unwrap();
    let closed: Timestamp = "2027-02-03T23:58:00Z".parse().unwrap();
    let (early, late) = events.split_at(2);
    booked(&tables.store(), 1, early, open).await;
    booked(&tables.store(), 2, late, closed).await;
    let store = tables.store();
    let days = async |view: View| {
        let cells = store.summed_cells(view, span(Grain::Month), None).await.unwrap();
        cells.into_keys().map(|(month, _)| month.to_string()).collect::<BTreeSet<_>>()
    };
    assert_eq!(days(View::Booked).await.into_iter().collect::<Vec<_>>(), ["2027-01-01", "2027-02-01"]);
    assert_eq!(days(View::Received).await.into_iter().collect::<Vec<_>>(), ["2027-01-01"]);
    let of_last = store.lead_entries(late[0].0).await.unwrap();
    assert!(of_last.iter().all(|event| event.booked_at == closed && event.days.booked.to_string() == "2027-02-03"));

    // Booked again much later, it stays where it is.
    let before = numbers(&store).await;
    booked(&tables.store(), 3, &events, "2027-06-01T00:00:00Z".parse().unwrap()).await;
    assert_eq!(numbers(&store).await, before);
}

#[tokio::test]
async fn days_are_those_of_the_account() {
    let tables = TestTables::start().await;
    zoned(&tables.store(), "Pacific/Auckland").await;
    let events = of(&[sold(1, 0)]);
    booked(&tables.store(), 1, &events, now()).await;
    // 08:00 in UTC, and 21:00 of the same day there.
    let entry = &tables.store().lead_entries(events[0].0).await.unwrap()[0];
    assert_eq!(
        (at(0).to_string().as_str(), entry.days.received.to_string().as_str()),
        ("2027-01-15T08:00:00Z", "2027-01-15")
    );
    let evening = of(&[sold(2, 4 * 3_600)]);
    booked(&tables.store(), 2, &evening, now()).await;
    let entry = &tables.store().lead_entries(evening[0].0).await.unwrap()[0];
    assert_eq!(entry.days.received.to_string(), "2027-01-16");
}

#[tokio::test]
async fn a_batch_with_more_places_than_a_transaction_has_room_for_is_cut() {
    let tables = TestTables::start().await;
    let mut events = some(60);
    for (number, (_, event)) in events.iter_mut().enumerate() {
        event.place.sid = format!("s{number}").parse().unwrap();
        event.entry = None;
    }
    let booked = tables.store().book(events.clone(), drawn(1), now()).await.unwrap();
    assert!(booked.chunks > 3, "{booked:?}");
    assert_eq!(booked.counted, events.len());
    let zone = TimeZone::UTC;
    assert_eq!(numbers(&tables.store()).await, expected(&events, now(), &zone));
}
