//! Files of leads: their worker killed or lied to at every call, then everything comes once more.

mod ground;

use std::{collections::BTreeSet, time::Duration};

use domain::lead::{Lead, SoldStatus};
use lead_import::worker::Pace;
use serde_json::Value;
use store::{ImportWay, LeadImportState};
use tests::Faults;

use self::ground::{Ground, Line, TEXT, lead_ids};
use super::{with_a_kill_after_each_write, with_every_fault};

/// What each row of [`TEXT`] comes to.
const OUTCOMES: [&str; 8] =
    ["2 accepted", "3 accepted", "4 duplicate", "5 rejected", "6 invalid_row", "7 ignored", "8 rejected", "9 accepted"];

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
