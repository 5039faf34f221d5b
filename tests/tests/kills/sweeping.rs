//! The sweeper dies anywhere: the next one takes up what it left.

use jiff::SignedDuration;
use tests::{Faults, Reply};

use super::{buyer, good_lead, lab, only_approved, post, with_a_second_kill_after_each_write, with_every_fault};

async fn swept(faults: Faults) {
    let mut lab = lab(1, vec![buyer("1", [Reply::accept("B-1")])]).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    // The message is lost.
    assert_eq!(lab.messages().await.len(), 1);
    for _ in 0..2 {
        lab.wait(SignedDuration::from_mins(3));
        lab.sweep(&faults).await;
    }
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert_eq!(only_approved(&lab).await.sold_status(), domain::lead::SoldStatus::Sold);
    assert_eq!(lab.requests(), [1]);
}

#[tokio::test]
async fn a_lead_whose_message_is_lost_is_sold_in_the_end_wherever_the_sweeper_fails() {
    with_every_fault(swept).await;
}

#[tokio::test]
async fn a_lead_whose_message_is_lost_is_sold_in_the_end_though_two_sweepers_die() {
    with_a_second_kill_after_each_write(swept).await;
}
