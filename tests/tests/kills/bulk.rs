//! Bulk jobs: ordered, and carried out by a worker that is killed or lied to at every call; then everything comes once more.

mod called_off;
mod deed;
mod ground;
mod one_person;
mod side_by_side;

use std::time::Duration;

use bulk::worker::Pace;
use tests::Faults;

use self::{
    deed::{About, Deed},
    ground::{Ground, Meant},
};
use super::{with_a_kill_after_each_write, with_every_fault};

/// Two leads at a time in one turn, noted after each row.
fn row_by_row() -> Pace {
    Pace { chunk_leads: 2, saved_every: Duration::ZERO, ..Pace::default() }
}

/// The same, handed on after each row.
fn step_by_step() -> Pace {
    Pace { within: Duration::ZERO, ..row_by_row() }
}

async fn carried_out(faults: Faults, pace: Pace, deed: Deed, meant: Meant) {
    let mut ground = Ground::new(deed, meant).await;
    let id = ground.ordered(&faults).await;
    let told = ground.work(&faults, pace).await;
    assert!(told > 0, "the worker is asked to begin");
    let done = ground.is_done(id).await;

    // Everything once more.
    assert_eq!(ground.ordered(&Faults::default()).await, id);
    assert!(ground.turn(&Faults::default(), id, Pace::default()).await);
    assert_eq!(ground.is_done(id).await, done);
    ground.at_rest().await;
}

#[tokio::test]
async fn each_lead_is_changed_once_in_whatever_pieces() {
    for deed in Deed::ALL {
        for (pace, meant) in [(Pace::default(), Meant::ById), (row_by_row(), Meant::Searched)] {
            carried_out(Faults::default(), pace, deed, meant).await;
        }
    }
}

/// Each of them, with leads that are named, or with all of a person.
async fn stands_under_every_fault(about: About) {
    for deed in Deed::all_about(about) {
        with_every_fault(|faults| carried_out(faults, Pace::default(), deed, Meant::ById)).await;
    }
}

#[tokio::test]
async fn what_moves_money_is_done_once_whatever_fails() {
    stands_under_every_fault(About::Money).await;
}

#[tokio::test]
async fn what_goes_to_buyers_or_to_nobody_is_done_once_whatever_fails() {
    stands_under_every_fault(About::Buyers).await;
}

#[tokio::test]
async fn what_people_are_to_get_is_noted_once_whatever_fails() {
    stands_under_every_fault(About::Consent).await;
}

#[tokio::test]
async fn people_are_written_to_once_whatever_fails() {
    stands_under_every_fault(About::Messages).await;
}

#[tokio::test]
async fn people_are_forgotten_whatever_fails() {
    stands_under_every_fault(About::Deletion).await;
}

#[tokio::test]
async fn leads_that_are_searched_for_are_changed_once_wherever_who_is_at_it_dies() {
    with_a_kill_after_each_write(|faults| carried_out(faults, step_by_step(), Deed::Return, Meant::Searched)).await;
    with_a_kill_after_each_write(|faults| carried_out(faults, row_by_row(), Deed::UpdateRevenue, Meant::Searched))
        .await;
}

#[tokio::test]
async fn people_are_left_alone_and_forgotten_wherever_who_is_at_it_dies_from_row_to_row() {
    for deed in [Deed::Unsubscribe, Deed::Delete, Deed::SendMessage] {
        with_a_kill_after_each_write(|faults| carried_out(faults, row_by_row(), deed, Meant::ById)).await;
    }
}
