//! Files of returns: their worker killed or lied to at every call, then everything comes once more.

mod any_file;
mod decided;
mod ground;
mod side_by_side;

use std::time::Duration;

use domain::{
    id::BuyerRef,
    lead::{Lead, Return},
    returned::ReturnOutcome,
};
use jiff::SignedDuration;
use return_file::Pace;
use serde_json::{Value, json};
use store::ReturnFileState;
use tests::{Fault, Faults};

use self::ground::{Ground, HIDDEN};
use super::{with_a_kill_after_each_write, with_every_fault};

/// What each lead costs.
const PRICE: i64 = 1_250;

fn bid() -> BuyerRef {
    "b1".parse().unwrap()
}

fn returns_of(lead: &Lead) -> impl Iterator<Item = &Return> {
    lead.sales().flat_map(|(.., sale)| sale.returns())
}

/// Rows that are judged three by three, handed on after each batch, with a part of the result for each.
fn step_by_step() -> Pace {
    let none = Duration::ZERO;
    Pace { within: none, batch_rows: 3, part_bytes: 1, block_bytes: 450, saved_every: none }
}

/// The first two leads, the first again, one that there is not, one that names nobody, and the rest.
const ROWS: [Option<usize>; 7] = [Some(1), Some(2), Some(1), Some(0), None, Some(3), Some(4)];

/// A file of [`ROWS`], of which as many may be returned.
async fn read(faults: Faults, terms: Value, pace: Pace, allowed: u64) {
    let mut ground = Ground::new(&terms).await;
    let text = ground.text(&ROWS);
    let event = ground.drop_file("june.csv", &text).await;
    let sent = ground.work(&faults, vec![event.clone()], pace).await;
    assert!(pace.within > Duration::ZERO || !sent.is_empty(), "it was handed on: {sent:?}");
    let files = ground.files().await;
    let [file] = files.as_slice() else { panic!("one event, one file: {files:#?}") };
    assert_eq!((&file.state, file.lease_until, file.read_bytes), (&ReturnFileState::Done, None, file.bytes));
    let lines = ground.result(file).await;
    assert_eq!(lines.iter().map(|line| line.row).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
    let count = |outcome| file.tally.count(outcome);
    assert_eq!((count(ReturnOutcome::Returned), count(ReturnOutcome::NotFound)), (allowed, 1), "{lines:#?}");
    assert_eq!(count(ReturnOutcome::InvalidRow), 1, "{lines:#?}");
    if allowed == 4 {
        assert_eq!((lines[2].outcome, &lines[2].return_id), (ReturnOutcome::AlreadyReturned, &lines[0].return_id));
    } else {
        assert_eq!(count(ReturnOutcome::AlreadyReturned) + count(ReturnOutcome::OverCap), 3, "{lines:#?}");
    }
    let returned = i64::try_from(allowed).unwrap();
    assert_eq!(
        (ground.owed().await, lines.iter().map(|line| line.amount).sum()),
        ((4 - returned) * PRICE, returned * PRICE)
    );
    let leads = ground.now().await;
    assert_eq!(leads.iter().flat_map(returns_of).count() as u64, allowed, "{leads:#?}");
    ground.add_up().await;
    ground.is_told_once(file).await;
    let supplier = ground.lab.object(&format!("supplier-returns/s1/{}-1.csv", file.id)).await;
    assert_eq!(supplier.lines().count() as u64, allowed + 1, "{supplier}");

    // Everything once more, and the same under another name.
    let (file, result) = (file.clone(), ground.lab.object(file.result.as_ref().unwrap()).await);
    let copy = ground.drop_file("copy of june.csv", &text).await;
    let again: Vec<Value> = [event, copy].into_iter().chain(sent).collect();
    ground.work(&Faults::default(), again, Pace::default()).await;
    assert_eq!((ground.now().await, ground.file(file.id).await), (leads, file.clone()));
    assert_eq!(ground.lab.object(file.result.as_ref().unwrap()).await, result);
    let files = ground.files().await;
    let copies: Vec<_> = files.iter().filter(|other| other.id != file.id).map(|copy| &copy.state).collect();
    assert_eq!(copies, [&ReturnFileState::Repeated { of: file.id }]);
    ground.is_told_once(&file).await;
    ground.has_its_places().await;
}

fn at_once() -> Value {
    json!({ "window_days": 30 })
}

/// Half of the four may come back.
fn under_a_share() -> Value {
    json!({ "window_days": 30, "max_share_percent": 50 })
}

#[tokio::test]
async fn each_row_of_a_file_is_done_once() {
    read(Faults::default(), at_once(), Pace::default(), 4).await;
    read(Faults::default(), at_once(), step_by_step(), 4).await;
}

#[tokio::test]
async fn each_row_of_a_file_is_done_once_and_no_more_than_its_buyers_share_whatever_fails() {
    with_every_fault(|faults| read(faults, under_a_share(), Pace::default(), 2)).await;
}

#[tokio::test]
async fn a_file_that_goes_from_hand_to_hand_is_whole_wherever_one_of_them_dies() {
    with_a_kill_after_each_write(|faults| read(faults, under_a_share(), step_by_step(), 2)).await;
}

/// A file is deleted for good when its first rows are done; the same file again does the rest.
async fn cut_off(faults: Faults) {
    let mut ground = Ground::new(&at_once()).await;
    let text = ground.text(&ROWS);
    let event = ground.drop_file("june.csv", &text).await;
    ground.turn(&faults, &event, step_by_step()).await;
    ground.lab.remove_file(&event).await;
    ground.lab.wait(HIDDEN);
    let jobs = ground.lab.file_messages().await.into_iter().map(|job| serde_json::to_value(job).unwrap());
    let open = [event].into_iter().chain(jobs).collect();
    ground.work(&faults, open, step_by_step()).await;
    let files = ground.files().await;
    let [file] = files.as_slice() else { panic!("one event, one file: {files:#?}") };
    let ReturnFileState::Rejected { code, .. } = &file.state else { panic!("it has an end: {file:#?}") };
    assert_eq!((code.as_str(), file.lease_until), ("gone", None));
    let done = if file.result.is_some() { ground.result(file).await } else { Vec::new() };
    let returned = |lines: &[ground::Line]| lines.iter().filter(|line| line.outcome == ReturnOutcome::Returned).count();
    ground.is_told_once(file).await;

    let again = ground.drop_file("june again.csv", &text).await;
    ground.work(&faults, vec![again], step_by_step()).await;
    let files = ground.files().await;
    let again = files.iter().find(|other| other.id != file.id).unwrap();
    assert_eq!(again.state, ReturnFileState::Done);
    let rest = ground.result(again).await;
    assert_eq!(rest.iter().map(|line| line.row).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
    assert!(returned(&done) + returned(&rest) <= 4, "{done:#?} {rest:#?}");
    assert_eq!(ground.now().await.iter().flat_map(returns_of).count(), 4, "each is returned, and once");
    ground.add_up().await;
}

#[tokio::test]
async fn a_file_that_is_deleted_midway_ends_and_the_same_file_again_does_the_rest() {
    cut_off(Faults::default()).await;
    with_a_kill_after_each_write(cut_off).await;
}

#[tokio::test]
async fn a_message_that_comes_before_the_hold_of_a_dead_worker_is_over_is_not_the_last() {
    let mut ground = Ground::new(&at_once()).await;
    let event = ground.drop_file("june.csv", &ground.text(&ROWS)).await;
    // Some time after the message was given out.
    ground.lab.wait(SignedDuration::from_secs(100));
    assert!(!ground.turn(&Faults::at([(1, Fault::KillAfter)]), &event, Pace::default()).await);
    ground.lab.wait(HIDDEN - SignedDuration::from_secs(100));
    ground.work(&Faults::default(), vec![event], Pace::default()).await;
    let files = ground.files().await;
    assert_eq!(files.iter().map(|file| &file.state).collect::<Vec<_>>(), [&ReturnFileState::Done]);
}
