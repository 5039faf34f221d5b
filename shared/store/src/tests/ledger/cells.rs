//! Cells: what is written is found, whatever becomes of the campaign, and reading ends somewhere.

use domain::campaign::ShardStep;

use super::*;
use crate::{Error, Part};

/// A campaign whose numbers have this many shards, if so many are allowed.
fn spread(count: u8) -> Campaign {
    let step = ShardStep { from: "2027-01-01".parse().unwrap(), count };
    Campaign { shards: vec![step], ..crate::tests::campaign() }
}

async fn leads(store: &Store, campid: Option<&str>) -> i64 {
    let campid = campid.map(|campid| campid.parse().unwrap());
    let cells = store.summed_cells(View::Received, span(Grain::Day), campid.as_ref()).await.unwrap();
    cells.values().map(|counts| counts.leads).sum()
}

fn part(grain: Grain, campid: Option<&str>) -> Part {
    Part { span: span(grain), campid: campid.map(|campid| campid.parse().unwrap()) }
}

#[tokio::test]
async fn what_is_read_is_what_lies_there() {
    let tables = TestTables::start().await;
    saved(&tables.store(), spread(32)).await;
    for (worker, batch) in (1..).zip(some(12).chunks(5)) {
        tables.store().book(batch.to_vec(), Ulid(worker), at(100_000)).await.unwrap();
    }
    let (store, mut read) = (tables.store(), Numbers::new());
    for view in View::ALL {
        for grain in Grain::ALL {
            let cells = store.summed_cells(view, span(grain), None).await.unwrap();
            read.extend(cells.into_iter().map(|((day, place), counts)| ((view, grain, day, place), counts)));
        }
    }
    assert_eq!(read, numbers(&store).await);
    assert!(read.len() > 12, "{}", read.len());
}

#[tokio::test]
async fn a_change_of_shards_hides_nothing() {
    let tables = TestTables::start().await;
    saved(&tables.store(), spread(32)).await;
    let events = some(12);
    for (worker, batch) in (1..).zip(events.chunks(2)) {
        // Draws that follow each other are of different shards.
        tables.store().book(batch.to_vec(), Ulid(worker), at(100_000)).await.unwrap();
    }
    verify(&tables, &events, at(100_000)).await;
    for version in 1..=2 {
        let shards = if version == 1 { spread(1).shards } else { Vec::new() };
        let changed = Campaign { shards, ..crate::tests::campaign() };
        tables.store().save(changed, Some(version)).await.unwrap();
        assert_eq!((leads(&tables.store(), Some("solar")).await, leads(&tables.store(), None).await), (12, 12));
    }
}

#[tokio::test]
async fn reading_is_bounded_for_all_that_is_asked_together() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let mut events = of(&(1..=20).map(|number| sold(number, 0)).collect::<Vec<_>>());
    for (number, (_, event)) in events.iter_mut().enumerate() {
        event.place.sid = format!("supplier-{number}").parse().unwrap();
    }
    booked(&store, 1, &events, at(100_000)).await;
    let read = async |max: usize, parts: &[Part]| {
        let mut found = 0;
        store.cells_up_to(max, View::Sold, parts, |_| found += 1).await.0.map(|()| found)
    };
    let (days, months) = (part(Grain::Day, Some("solar")), part(Grain::Month, None));
    assert_eq!(read(40, std::slice::from_ref(&days)).await.unwrap(), 40);
    assert!(matches!(read(39, std::slice::from_ref(&days)).await, Err(Error::TooMuchToRead { max: 39 })));
    let both = [days, months];
    assert_eq!(read(80, &both).await.unwrap(), 80);
    assert!(matches!(read(79, &both).await, Err(Error::TooMuchToRead { max: 79 })));
    assert_eq!(read(0, &[part(Grain::Day, Some("heat"))]).await.unwrap(), 0);
}
