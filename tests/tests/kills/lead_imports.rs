//! Files of leads: their worker killed or lied to at every call, then everything comes once more.

mod ground;

use std::{collections::BTreeSet, time::Duration};

use domain::{
    lead::{Lead, SoldStatus},
    supplier::Supplier,
};
use lead_import::worker::{Pace, take};
use serde_json::{Value, json};
use store::{ImportWay, LeadImport, LeadImportState};
use tests::Faults;

use self::ground::{Ground, HIDDEN, Line, TEXT, lead_ids};
use super::{kinds::save, with_a_kill_after_each_write, with_every_fault};

/// What each row of [`TEXT`] comes to.
const OUTCOMES: [&str; 8] =
    ["2 accepted", "3 accepted", "4 duplicate", "5 rejected", "6 invalid_row", "7 ignored", "8 rejected", "9 accepted"];

/// Four rows below a title and a header, in Excel's format.
const WORKBOOK: &[u8] = include_bytes!("../../corpus/lead-imports/june.xlsx");

/// Noted behind each step, with a part of the result for each.
fn step_by_step() -> Pace {
    Pace { part_bytes: 1, saved_every: Duration::ZERO, ..Pace::default() }
}

fn outcomes(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}", line.row, line.outcome)).collect()
}

/// A file of [`TEXT`] becomes leads, each row once, and they are sold; everything once more changes nothing.
async fn imported(faults: Faults, per_minute: u32, pace: Pace) {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, per_minute).await;
    let event = ground.uploaded(&file, TEXT).await;
    let sent = ground.work(&faults, vec![event.clone()], pace).await;
    assert!(per_minute > 60 || sent.len() > 1, "it went from hand to hand: {sent:?}");

    let file = ground.file(file.id).await;
    assert_eq!((&file.state, file.lease_until, file.next_at), (&LeadImportState::Done, None, None));
    let lines = ground.result(&file).await;
    assert_eq!(outcomes(&lines), OUTCOMES);
    assert_eq!(ground.told(&file).await, [1, 1]);
    let leads = ground.lab.leads().await;
    assert_eq!(leads.iter().map(|lead| lead.id).collect::<BTreeSet<_>>(), lead_ids(&lines), "{lines:#?}");
    assert_eq!(leads.len(), 5, "three accepted, a duplicate, and one with a wrong address");
    let result = ground.lab.object(file.result.as_ref().unwrap()).await;
    assert!(!result.contains('@'), "it names nobody: {result}");

    // Everything once more, and the same under another name.
    let copy = ground.announced(ImportWay::Real, per_minute).await;
    let again = ground.uploaded(&copy, TEXT).await;
    let again: Vec<Value> = [event, again].into_iter().chain(sent).collect();
    ground.work(&Faults::default(), again, Pace::default()).await;
    assert_eq!(ground.file(file.id).await, file);
    assert_eq!(ground.file(copy.id).await.state, LeadImportState::Repeated { of: file.id });
    assert_eq!((ground.told(&file).await, ground.told(&copy).await), ([1, 1], [1, 1]));
    assert_eq!(ground.lab.leads().await.len(), leads.len());
    assert_eq!(ground.lab.object(file.result.as_ref().unwrap()).await, result);

    ground.lab.drain(&Faults::default()).await;
    ground.lab.verify().await;
    let sold = |lead: &Lead| lead.sold_status() == SoldStatus::Sold;
    assert_eq!(ground.lab.leads().await.iter().filter(|lead| sold(lead)).count(), 3);
    assert_eq!(ground.lab.requests(), [3], "each lead that was accepted reaches its buyer, and once");
}

#[tokio::test]
async fn each_row_becomes_a_lead_once() {
    imported(Faults::default(), 600, Pace::default()).await;
    imported(Faults::default(), 12, step_by_step()).await;
}

#[tokio::test]
async fn each_row_becomes_a_lead_once_whatever_fails() {
    with_every_fault(|faults| imported(faults, 600, Pace::default())).await;
}

#[tokio::test]
async fn a_file_that_goes_from_hand_to_hand_is_whole_wherever_one_of_them_dies() {
    with_a_kill_after_each_write(|faults| imported(faults, 12, step_by_step())).await;
}

/// The lines of a file's result, if it has one, and why no row more of it is read.
async fn left(ground: &Ground, file: &LeadImport) -> Vec<Line> {
    let file = ground.file(file.id).await;
    let LeadImportState::Rejected { code, .. } = &file.state else { panic!("it has an end: {file:#?}") };
    assert_eq!((code.as_str(), file.lease_until, file.ended_at.is_some()), ("gone", None, true), "{file:#?}");
    if file.result.is_some() { ground.result(&file).await } else { Vec::new() }
}

/// A file is deleted when some of its rows are done, and so is the next that comes in its place; the third has the rest.
async fn cut_off(faults: Faults) {
    let mut ground = Ground::new().await;
    let mut lines = Vec::new();
    for _ in 0..2 {
        let file = ground.announced(ImportWay::Real, 12).await;
        let event = ground.uploaded(&file, TEXT).await;
        ground.turn(&faults, &event, step_by_step()).await;
        ground.lab.remove_file(&event).await;
        ground.lab.wait(HIDDEN);
        let open = [event].into_iter().chain(ground.messages().await).collect();
        ground.work(&faults, open, step_by_step()).await;
        lines.extend(left(&ground, &file).await);
    }
    let last = ground.announced(ImportWay::Real, 600).await;
    let event = ground.uploaded(&last, TEXT).await;
    ground.work(&faults, vec![event.clone()], step_by_step()).await;
    let last = ground.file(last.id).await;
    assert_eq!(last.state, LeadImportState::Done);
    lines.extend(ground.result(&last).await);
    assert_eq!(outcomes(&lines), OUTCOMES, "each row once, in one of the results");
    let leads = ground.lab.leads().await;
    assert_eq!(leads.iter().map(|lead| lead.id).collect::<BTreeSet<_>>(), lead_ids(&lines), "{lines:#?}");
    assert_eq!(leads.len(), 5, "and none is doubled");

    let copy = ground.announced(ImportWay::Real, 600).await;
    let again = ground.uploaded(&copy, TEXT).await;
    ground.work(&Faults::default(), vec![event, again], Pace::default()).await;
    assert_eq!(ground.file(copy.id).await.state, LeadImportState::Repeated { of: last.id });
    ground.lab.drain(&Faults::default()).await;
    ground.lab.verify().await;
    assert_eq!(ground.lab.requests(), [3]);
}

#[tokio::test]
async fn a_file_that_is_deleted_midway_ends_and_the_same_file_again_has_the_rest() {
    cut_off(Faults::default()).await;
}

#[tokio::test]
async fn no_row_is_done_twice_or_never_where_a_file_is_deleted_and_its_worker_dies() {
    with_a_kill_after_each_write(cut_off).await;
}

#[tokio::test]
async fn a_file_whose_half_written_result_is_forgotten_ends_and_the_same_file_again_has_the_rest() {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, 12).await;
    let event = ground.uploaded(&file, TEXT).await;
    assert!(ground.turn(&Faults::default(), &event, Pace::default()).await);
    let tail = ground.file(file.id).await.checkpoint.unwrap().tail.unwrap();
    ground.lab.import_bucket(&Faults::default()).await.delete_work(&tail).await.unwrap();
    let jobs = ground.messages().await;
    ground.work(&Faults::default(), jobs, Pace::default()).await;
    assert_eq!(left(&ground, &file).await, []);
    let again = ground.announced(ImportWay::Real, 600).await;
    let event = ground.uploaded(&again, TEXT).await;
    ground.work(&Faults::default(), vec![event], Pace::default()).await;
    let again = ground.file(again.id).await;
    assert_eq!(outcomes(&ground.result(&again).await), OUTCOMES[2..]);
    assert_eq!(ground.lab.leads().await.len(), 5);
}

#[tokio::test]
async fn rows_wait_for_their_turn_in_messages_and_none_comes_too_early() {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, 12).await;
    let event = ground.uploaded(&file, TEXT).await;
    assert!(ground.turn(&Faults::default(), &event, Pace::default()).await);
    let first = ground.file(file.id).await;
    assert_eq!((first.tally.rows, &first.state, first.lease_until), (2, &LeadImportState::Running, None));
    let jobs = ground.messages().await;
    assert_eq!(jobs.len(), 1, "one waits for the rest: {jobs:?}");

    // Before its time, and in two copies.
    for _ in 0..2 {
        assert!(ground.turn(&Faults::default(), &jobs[0], Pace::default()).await);
    }
    assert_eq!((ground.file(file.id).await.tally, ground.messages().await.len()), (first.tally, 2));
    ground.lab.wait(jiff::SignedDuration::from_secs(11));
    assert!(ground.turn(&Faults::default(), &jobs[0], Pace::default()).await);
    assert_eq!(ground.file(file.id).await.tally.rows, 4);
}

#[tokio::test]
async fn a_workbook_is_read_once_while_the_function_is_warm() {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, 6).await;
    let mut message = ground.lab.drop_file(&file.path, WORKBOOK).await;
    let faults = Faults::default();
    let app = ground.lab.lead_import_worker(&faults).await;
    let mut reads = Vec::new();
    while ground.file(file.id).await.state != LeadImportState::Done {
        let before = faults.calls().len();
        take(&app, serde_json::from_value(message).unwrap(), ground.lab.now(), Pace::default()).await.unwrap();
        reads.push(faults.calls()[before..].iter().filter(|call| *call == "S3.GET").count());
        message = ground.messages().await.pop().unwrap_or_default();
        ground.lab.wait(jiff::SignedDuration::from_secs(61));
    }
    // It is looked at, and read; and then only a byte of it is, to see that it is there, and the end of the result.
    assert!(reads.len() >= 4 && reads[1..].iter().all(|reads| *reads == 2), "{reads:?}");
    assert_eq!(ground.lab.leads().await.len(), 4);
}

#[tokio::test]
async fn a_workbook_that_is_deleted_is_read_no_further_by_a_worker_that_knows_its_text() {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, 6).await;
    let event = ground.lab.drop_file(&file.path, WORKBOOK).await;
    let (mut message, app) = (event.clone(), ground.lab.lead_import_worker(&Faults::default()).await);
    while ground.lab.leads().await.is_empty() {
        take(&app, serde_json::from_value(message).unwrap(), ground.lab.now(), Pace::default()).await.unwrap();
        message = ground.messages().await.pop().unwrap_or_default();
        ground.lab.wait(jiff::SignedDuration::from_secs(61));
    }
    let there = ground.lab.leads().await.len();
    assert!(there < 4, "some rows are left");
    ground.lab.remove_file(&event).await;
    take(&app, serde_json::from_value(message).unwrap(), ground.lab.now(), Pace::default()).await.unwrap();
    let LeadImportState::Rejected { code, .. } = ground.file(file.id).await.state else { panic!("it is over") };
    assert_eq!((code.as_str(), ground.lab.leads().await.len()), ("gone", there));
}

#[tokio::test]
async fn a_lead_is_of_the_time_at_which_it_is_its_turn() {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, 600).await;
    // They are written one after the other.
    let text = "email\n".to_owned() + &"ann@example.com\n".repeat(40);
    let event = ground.uploaded(&file, &text).await;
    ground.work(&Faults::default(), vec![event], Pace::default()).await;
    let leads = ground.lab.leads().await;
    let (first, last) = (leads.iter().map(|lead| lead.received).min(), leads.iter().map(|lead| lead.received).max());
    assert!(leads.len() == 40 && first < last, "{first:?} {last:?}");
}

#[tokio::test]
async fn a_file_of_a_supplier_that_may_not_post_any_more_is_rejected_as_a_whole() {
    let mut ground = Ground::new().await;
    let file = ground.announced(ImportWay::Real, 600).await;
    let event = ground.uploaded(&file, TEXT).await;
    save::<Supplier>(&ground.lab, json!({ "sid": "s1", "name": "1", "active": false }), Some(1)).await;
    ground.work(&Faults::default(), vec![event], Pace::default()).await;
    let file = ground.file(file.id).await;
    let LeadImportState::Rejected { code, .. } = &file.state else { panic!("it is rejected: {file:#?}") };
    assert_eq!((code.as_str(), file.tally.rows), ("unknown_campaign", 0));
    assert_eq!(ground.told(&file).await, [1, 1]);
}

#[tokio::test]
async fn tests_are_kept_and_go_to_nobody_and_a_dry_run_keeps_nothing() {
    for (way, kept) in [(ImportWay::Test, 5), (ImportWay::DryRun, 0)] {
        let mut ground = Ground::new().await;
        // Neither repeats the other, nor is it repeated.
        for number in 1..=2 {
            let file = ground.announced(way, 600).await;
            let event = ground.uploaded(&file, TEXT).await;
            ground.work(&Faults::default(), vec![event], Pace::default()).await;
            let file = ground.file(file.id).await;
            let lines = ground.result(&file).await;
            let count = |outcome: &str| lines.iter().filter(|line| line.outcome == outcome).count();
            assert_eq!((&file.state, count("accepted")), (&LeadImportState::Done, 4), "nobody is compared: {lines:#?}");
            let leads = ground.lab.leads().await;
            assert_eq!((leads.len(), lead_ids(&lines).len()), (number * kept, kept));
            assert!(leads.iter().all(|lead| lead.test));
            assert_eq!(ground.told(&file).await, [0, 0], "who tries waits");
        }
        ground.lab.drain(&Faults::default()).await;
        assert_eq!(ground.lab.requests(), [0]);
    }
}

#[tokio::test]
async fn what_is_no_table_of_leads_is_rejected_and_may_come_again() {
    let mut ground = Ground::new().await;
    for (text, code) in [
        ("a@example.com,Ann\n", "no_header"),
        ("firstname,phone\nAnn,07911\n", "missing_columns"),
        ("", "empty"),
        ("%PDF-1.7\n%leads\n", "pdf"),
    ] {
        for _ in 0..2 {
            let file = ground.announced(ImportWay::Real, 600).await;
            let event = ground.uploaded(&file, text).await;
            ground.work(&Faults::default(), vec![event], Pace::default()).await;
            let LeadImportState::Rejected { code: said, .. } = ground.file(file.id).await.state else {
                panic!("{text} is rejected")
            };
            assert_eq!(said, code, "{text}");
        }
    }
    assert_eq!(ground.lab.leads().await, []);
}
