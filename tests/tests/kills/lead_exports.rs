//! Exports of leads: asked for, and written by a worker that is killed or lied to at every call; then everything comes once more.

mod ground;
mod side_by_side;

use std::time::Duration;

use jiff::SignedDuration;
use search::export::Pace;
use store::LeadExportState;
use tests::{Fault, Faults};

use self::ground::{Asked, Ground, HIDDEN};
use super::{with_a_kill_after_each_write, with_every_fault};

/// Two leads at once, handed on after each page, with a part of the file for each.
fn step_by_step() -> Pace {
    let none = Duration::ZERO;
    Pace { within: none, page_leads: 2, part_bytes: 1, saved_every: none, ..Pace::default() }
}

/// The same, where no turn finds enough for a part.
fn without_parts() -> Pace {
    Pace { part_bytes: 1024 * 1024, ..step_by_step() }
}

/// Two leads at once in one turn, with a part for each page.
fn part_by_part() -> Pace {
    Pace { within: Duration::from_secs(240), ..step_by_step() }
}

async fn write(faults: Faults, pace: Pace) {
    write_as(Asked::Searched, faults, pace).await;
}

async fn write_as(asked: Asked, faults: Faults, pace: Pace) {
    let mut ground = Ground::of(asked).await;
    let id = ground.asked(&faults).await;
    let sent = ground.work(&faults, pace).await;
    assert!(!sent.is_empty(), "the worker is asked to begin");
    let export = ground.export(id).await;
    assert_eq!((&export.state, export.lease_until, &export.checkpoint), (&LeadExportState::Done, None, &None));
    let text = ground.is_whole(&export).await;
    if faults.is_quiet() {
        assert_eq!(ground.left_over(id).await, Vec::<String>::new(), "what was put aside is cleared up");
    }

    // Everything once more.
    assert_eq!(ground.asked(&Faults::default()).await, id);
    for job in sent {
        assert!(ground.turn(&Faults::default(), &job, Pace::default()).await);
    }
    ground.work(&Faults::default(), Pace::default()).await;
    assert_eq!((ground.export(id).await, ground.is_whole(&export).await), (export.clone(), text));
    assert_eq!(ground.exports().await, [export], "one key, one export");
}

#[tokio::test]
async fn each_lead_is_written_once_in_whatever_pieces() {
    for pace in [Pace::default(), step_by_step(), without_parts(), part_by_part()] {
        write(Faults::default(), pace).await;
    }
}

#[tokio::test]
async fn each_lead_is_written_once_whatever_fails() {
    with_every_fault(|faults| write(faults, Pace::default())).await;
}

#[tokio::test]
async fn leads_that_a_bulk_job_names_are_written_once_whatever_fails() {
    for pace in [Pace::default(), step_by_step(), without_parts(), part_by_part()] {
        write_as(Asked::ByJob, Faults::default(), pace).await;
    }
    with_every_fault(|faults| write_as(Asked::ByJob, faults, Pace::default())).await;
}

#[tokio::test]
async fn a_file_of_parts_is_whole_whatever_fails() {
    with_every_fault(|faults| write(faults, part_by_part())).await;
}

#[tokio::test]
async fn an_export_that_goes_from_hand_to_hand_is_whole_wherever_one_of_them_dies() {
    with_a_kill_after_each_write(|faults| write(faults, step_by_step())).await;
    with_a_kill_after_each_write(|faults| write(faults, without_parts())).await;
}

#[tokio::test]
async fn a_message_that_comes_before_the_hold_of_a_dead_worker_is_over_is_not_the_last() {
    let mut ground = Ground::new().await;
    let id = ground.asked(&Faults::default()).await;
    let job = ground.messages().await.remove(0);
    // Some time after the message was given out.
    ground.lab.wait(SignedDuration::from_secs(100));
    assert!(!ground.turn(&Faults::at([(1, Fault::KillAfter)]), &job, Pace::default()).await);
    ground.lab.wait(HIDDEN - SignedDuration::from_secs(100));
    assert!(ground.turn(&Faults::default(), &job, Pace::default()).await);
    assert_eq!(ground.export(id).await.state, LeadExportState::Running);
    ground.lab.wait(HIDDEN);
    ground.work(&Faults::default(), Pace::default()).await;
    assert_eq!(ground.export(id).await.state, LeadExportState::Done);
}

#[tokio::test]
async fn an_export_of_too_many_leads_ends_and_leaves_nothing_behind() {
    with_a_kill_after_each_write(|faults| async move {
        let mut ground = Ground::new().await;
        let id = ground.asked(&Faults::default()).await;
        ground.work(&faults, Pace { max_rows: 5, ..step_by_step() }).await;
        let export = ground.export(id).await;
        let LeadExportState::Failed { code, detail } = &export.state else { unreachable!("{export:#?}") };
        assert_eq!((code.as_str(), detail.contains("fewer days")), ("too_many", true));
        assert_eq!((export.lease_until, export.checkpoint.as_ref()), (None, None));
        assert!(!ground.has_file(id).await);
        if faults.is_quiet() {
            assert_eq!(ground.uploads(id).await, 0, "its parts are gone");
        }
    })
    .await;
}
