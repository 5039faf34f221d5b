//! A person with several leads, which a job would write to by each: it does by one, whoever dies, and says so of the others.

use bulk::worker::Pace;
use store::BulkOutcome;
use tests::Faults;

use super::{Ground, row_by_row, with_a_kill_after_each_write, with_every_fault};

async fn written_to_once(faults: Faults, pace: Pace) {
    let mut ground = Ground::of_one_person().await;
    let id = ground.ordered(&faults).await;
    ground.work(&faults, pace).await;
    let job = ground.job(id).await;
    assert_eq!((job.tally.changed, job.tally.skipped, job.tally.failed), (1, 1, 0), "{job:#?}");
    assert_eq!(ground.is_told(&job).await, 1, "the lead that says so has the message");
    let row = ground.lab.tables.store().bulk_chunk(id, 0).await.unwrap().unwrap();
    let skipped = row.outcomes.into_iter().flatten().filter_map(|outcome| match outcome {
        BulkOutcome::Skipped { code, .. } => Some(code),
        BulkOutcome::Changed { .. } | BulkOutcome::Failed { .. } => None,
    });
    assert_eq!(skipped.collect::<Vec<_>>(), ["same_person"]);
    let joined: usize = ground.lab.leads().await.iter().map(|lead| lead.joined.len()).sum();
    assert_eq!(joined, 1, "one message");
}

#[tokio::test]
async fn a_person_with_two_leads_gets_a_message_by_one_of_them_whatever_fails() {
    with_every_fault(|faults| written_to_once(faults, Pace::default())).await;
    with_a_kill_after_each_write(|faults| written_to_once(faults, row_by_row())).await;
}
