//! Breakers: opened once, tried by one, closed by an answer, and never stuck whatever is lost on the way.

pub(super) mod tap;

use domain::{
    delivery::{Delivery, Pass, Pause},
    id::DeliveryRef,
    time::later,
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use self::tap::{Fault, Tap};
use super::at;
use crate::{Notice, Store, Switched, test_tables::TestTables};

const PAUSE_S: i64 = 60;
const LEASE_S: i64 = 45;

/// Opens after three failures, for a minute.
fn delivery() -> Delivery {
    serde_json::from_value(json!({
        "did": "d1", "name": "D", "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" },
        "channel": { "kind": "store" }, "breaker": { "after_failures": 3, "pause_s": PAUSE_S },
    }))
    .unwrap()
}

fn did() -> DeliveryRef {
    delivery().did
}

async fn pass(store: &Store, second: i64) -> Pass {
    store.pass(&did(), at(second), at(second + LEASE_S)).await.unwrap()
}

async fn fails(store: &Store, second: i64) -> Option<Switched> {
    store.note_failure(&delivery(), at(second)).await.unwrap()
}

async fn answers(store: &Store, second: i64) -> Option<Switched> {
    store.note_answer(&did(), at(second)).await.unwrap()
}

/// Three failures at this second.
async fn opened(tables: &TestTables, second: i64) -> Option<Switched> {
    let store = tables.store();
    assert_eq!((fails(&store, second).await, fails(&store, second).await), (None, None));
    fails(&store, second).await
}

fn pause(since: i64, until: i64, pause_s: u32) -> Pause {
    Pause { failures: 3, since: at(since), until: at(until), pause_s, probed_until: None }
}

/// The row, as it is in the table.
async fn row(tables: &TestTables) -> Option<crate::item::Item> {
    let key = crate::item::key_attributes(crate::keys::breaker(&did()));
    let get = tables.client().get_item().table_name(tables.tables().setup).set_key(Some(key)).consistent_read(true);
    get.send().await.unwrap().item
}

async fn notices(tables: &TestTables) -> Vec<Notice> {
    tables.store().notices(at(100_000), 50, None, None).await.unwrap().unwrap().items
}

#[tokio::test]
async fn a_breaker_opens_at_the_last_failure_in_a_row_and_tells_so_once() {
    let tables = TestTables::start().await;
    assert_eq!(pass(&tables.store(), 0).await, Pass::Free);
    assert_eq!(opened(&tables, 0).await, Some(Switched::Paused(pause(0, 60, 60))));
    for second in [0, 59] {
        assert_eq!(pass(&tables.store(), second).await, Pass::Blocked(at(60)));
    }
    assert_eq!(notices(&tables).await, [Notice::delivery_paused(&did(), at(0), at(60), 3)]);
    assert_eq!(row(&tables).await.unwrap()["x"], crate::item::number(at(7 * 86_400).as_second()));
}

#[tokio::test]
async fn an_answer_begins_the_count_anew_also_for_other_workers() {
    let tables = TestTables::start().await;
    let store = tables.store();
    for second in [0, 10, 20] {
        assert_eq!((fails(&store, second).await, fails(&tables.store(), second).await), (None, None));
        assert_eq!(answers(&tables.store(), second + 1).await, None);
        assert_eq!(row(&tables).await, None);
    }
    assert_eq!(pass(&tables.store(), 30).await, Pass::Free);
}

#[tokio::test]
async fn where_nothing_fails_nothing_is_written_and_little_is_read() {
    let tables = TestTables::start().await;
    let tap = Tap::default();
    let store = tap.before(&tables);
    for second in 0..4 {
        assert_eq!((pass(&store, second).await, answers(&store, second).await), (Pass::Free, None));
    }
    assert_eq!(tap.calls(), ["GetItem"]);
    fails(&store, 4).await;
    assert_eq!(tap.calls()[1..], ["UpdateItem"]);
    answers(&store, 5).await;
    answers(&store, 6).await;
    assert_eq!(tap.calls()[2..], ["DeleteItem"]);
}

#[tokio::test]
async fn after_a_pause_one_of_many_tries() {
    let tables = TestTables::start().await;
    opened(&tables, 0).await;
    let workers: Vec<Store> = (0..20).map(|_| tables.store()).collect();
    let passes = join_all(workers.iter().map(|store| pass(store, 60))).await;
    assert_eq!(passes.iter().filter(|pass| **pass == Pass::Probe).count(), 1, "{passes:?}");
    assert_eq!(passes.iter().filter(|pass| **pass == Pass::Blocked(at(70))).count(), 19, "{passes:?}");
    // So do those who come later, until whoever tries must have had its answer.
    assert_eq!(pass(&tables.store(), 100).await, Pass::Blocked(at(60 + LEASE_S)));
    assert_eq!(pass(&tables.store(), 60 + LEASE_S).await, Pass::Probe);
}

#[tokio::test]
async fn the_answer_to_a_try_ends_the_pause() {
    let tables = TestTables::start().await;
    opened(&tables, 0).await;
    let worker = tables.store();
    assert_eq!(pass(&worker, 60).await, Pass::Probe);
    let tried = Pause { probed_until: Some(at(60 + LEASE_S)), ..pause(0, 60, 60) };
    assert_eq!(answers(&worker, 61).await, Some(Switched::Resumed(tried)));
    assert_eq!((pass(&worker, 61).await, pass(&tables.store(), 61).await), (Pass::Free, Pass::Free));
    assert_eq!(row(&tables).await, None);
    assert_eq!(answers(&worker, 62).await, None);
}

#[tokio::test]
async fn a_try_that_fails_doubles_the_pause_which_is_told_no_second_time() {
    let tables = TestTables::start().await;
    opened(&tables, 0).await;
    let (mut now, mut pauses) = (60, Vec::new());
    for _ in 0..6 {
        let worker = tables.store();
        assert_eq!(pass(&worker, now).await, Pass::Probe);
        let Some(Switched::PausedAgain(pause)) = fails(&worker, now).await else { unreachable!("it was the try") };
        assert_eq!((pause.since, pass(&worker, now).await), (at(0), Pass::Blocked(pause.until)));
        pauses.push(pause.pause_s);
        now += i64::from(pause.pause_s);
    }
    assert_eq!(pauses, [120, 240, 480, 900, 900, 900]);
    assert_eq!(notices(&tables).await.len(), 1);
}

#[tokio::test]
async fn after_a_try_that_failed_nobody_waits_for_the_rest_of_its_lease() {
    let tables = TestTables::start().await;
    let mut delivery = delivery();
    (delivery.breaker.after_failures, delivery.breaker.pause_s) = (1, 10);
    let worker = tables.store();
    worker.note_failure(&delivery, at(0)).await.unwrap();
    assert_eq!(pass(&worker, 10).await, Pass::Probe);
    worker.note_failure(&delivery, at(11)).await.unwrap();
    assert_eq!((pass(&worker, 30).await, pass(&worker, 31).await), (Pass::Blocked(at(31)), Pass::Probe));
}

#[tokio::test]
async fn many_failures_at_once_open_it_once() {
    let tables = TestTables::start().await;
    let workers: Vec<Store> = (0..30).map(|_| tables.store()).collect();
    let switched = join_all(workers.iter().zip(0..).map(|(store, second)| fails(store, second % 3))).await;
    let paused: Vec<_> = switched.into_iter().flatten().collect();
    assert!(matches!(paused[..], [Switched::Paused(_)]), "{paused:?}");
    assert_eq!(notices(&tables).await.len(), 1);
}

#[tokio::test]
async fn many_tries_that_fail_late_lengthen_the_pause_once() {
    let tables = TestTables::start().await;
    opened(&tables, 0).await;
    let workers: Vec<Store> = (0..20).map(|_| tables.store()).collect();
    let switched = join_all(workers.iter().map(|store| fails(store, 61))).await;
    let again: Vec<_> = switched.into_iter().flatten().collect();
    assert_eq!(again, [Switched::PausedAgain(pause(0, 61 + 120, 120))]);
}

#[tokio::test]
async fn what_was_asked_before_a_pause_changes_nothing_during_it() {
    let tables = TestTables::start().await;
    // These know of no pause, but of failures or of nothing.
    let (unaware, alarmed) = (tables.store(), tables.store());
    assert_eq!((pass(&unaware, 0).await, fails(&alarmed, 0).await), (Pass::Free, None));
    let other = tables.store();
    assert_eq!(fails(&other, 0).await, None);
    assert!(matches!(fails(&other, 0).await, Some(Switched::Paused(_))));
    let before = row(&tables).await;
    for worker in [unaware, alarmed, tables.store()] {
        assert_eq!((answers(&worker, 5).await, fails(&worker, 5).await), (None, None));
        assert_eq!(row(&tables).await, before);
    }
}

#[tokio::test]
async fn an_answer_between_the_last_failure_and_the_pause_prevents_it() {
    let tables = TestTables::start().await;
    let tap = Tap::default();
    let store = tables.store();
    fails(&store, 0).await;
    fails(&store, 0).await;
    // The third is counted, and its worker does not come to opening the breaker.
    let slow = tap.failing_at(2, Fault::Before).before(&tables);
    assert!(slow.note_failure(&delivery(), at(0)).await.is_err());
    assert_eq!(pass(&tables.store(), 1).await, Pass::Free);
    assert_eq!(answers(&tables.store(), 1).await, None);
    // Now it does.
    assert_eq!(slow.open_breaker(&delivery(), 3, at(1)).await.unwrap(), None);
    assert_eq!(row(&tables).await, None);
    assert_eq!(fails(&tables.store(), 2).await, None);
    assert_eq!(row(&tables).await.unwrap()["n"], crate::item::number(1));
}

/// Opens, is tried in vain, is tried again, and closes; at some call, something goes wrong.
#[tokio::test]
async fn whatever_is_lost_on_the_way_it_opens_is_told_of_is_tried_by_one_and_closes() {
    let quiet = Tap::default();
    history(&quiet).await;
    let calls = quiet.calls().len();
    assert!(calls > 10);
    for call in 0..calls {
        for fault in [Fault::Before, Fault::After] {
            history(&quiet.failing_at(call, fault)).await;
        }
    }
}

async fn history(tap: &Tap) {
    let told = format!("with {tap:?}");
    let tables = TestTables::start().await;
    // Whoever hears of a fault may as well be dead: another worker goes on, and knows nothing.
    let mut now = 0;
    let mut requests = 0;
    // Failures, until it is paused. One may be lost, and one opening.
    let first_until = loop {
        let worker = tap.before(&tables);
        match worker.pass(&did(), at(now), at(now + LEASE_S)).await {
            Ok(Pass::Blocked(until)) => break until,
            Ok(Pass::Free) | Err(_) => {}
            Ok(Pass::Probe) => unreachable!("nothing is paused yet, {told}"),
        }
        requests += 1;
        assert!(requests <= 4, "{told}");
        let _ = worker.note_failure(&delivery(), at(now)).await;
        now += 1;
    };
    let (_, late_at) = try_once(tap, &tables, first_until, &told).await;
    let worker = tap.before(&tables);
    let _ = worker.note_failure(&delivery(), late_at).await;
    // If that went unheard, the lease ends the try; if not, a longer pause has begun.
    let (worker, now) = try_once(tap, &tables, late_at, &told).await;
    assert_eq!(notices(&tables).await.len(), 1, "told once before it is tried again, {told}");
    let closed = worker.note_answer(&did(), now).await;
    if closed.is_err() {
        let (worker, now) = try_once(tap, &tables, now, &told).await;
        worker.note_answer(&did(), now).await.unwrap();
    }
    assert_eq!(row(&tables).await, None, "{told}");
    assert_eq!(notices(&tables).await.len(), 1, "{told}");
}

/// Waits until somebody may send, and checks that for a paused delivery nobody else may then.
async fn try_once(tap: &Tap, tables: &TestTables, from: Timestamp, told: &str) -> (Store, Timestamp) {
    let mut now = from;
    for _ in 0..20 {
        let worker = tap.before(tables);
        let lease_until = later(now, SignedDuration::from_secs(LEASE_S));
        match worker.pass(&did(), now, lease_until).await {
            Ok(Pass::Probe) => {
                let others = tables.store().pass(&did(), now, lease_until).await.unwrap();
                assert!(matches!(others, Pass::Blocked(_)), "{others:?} {told}");
                return (worker, later(now, SignedDuration::from_secs(1)));
            }
            // Closed already, and only the news of it was lost.
            Ok(Pass::Free) => return (worker, now),
            Ok(Pass::Blocked(until)) => {
                assert!(now < until && until <= later(now, SignedDuration::from_secs(2 * PAUSE_S)), "{told}");
                now = until;
            }
            Err(_) => {}
        }
    }
    unreachable!("nobody may ever send again, {told}")
}
