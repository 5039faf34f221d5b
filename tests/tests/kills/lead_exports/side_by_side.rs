//! Two workers with one export: by a message that comes twice, and where one of them is held up for longer than it may be.

use futures::{StreamExt, stream};
use search::export::{Pace, take};
use store::LeadExportState;
use tests::{Fault, Faults};

use super::{
    super::{CONCURRENCY, Named},
    Ground, HIDDEN, part_by_part, step_by_step,
};

async fn held_up_at(at: usize, pace: Pace) {
    let mut ground = Ground::new().await;
    let id = ground.asked(&Faults::default()).await;
    let job = ground.messages().await.remove(0);
    let held_up = Faults::at([(at, Fault::PauseBefore)]);
    let first = async {
        let done = ground.turn(&held_up, &job, pace).await;
        // It may be done before it gets that far; then nobody has to wait for it.
        held_up.let_go();
        done
    };
    let second = async {
        held_up.paused().await;
        let app = ground.lab.lead_export(&Faults::default()).await;
        let done = take(&app, job, ground.lab.now() + HIDDEN, pace).await;
        held_up.resume();
        done
    };
    let (first_done, second_done) = tokio::join!(first, second);
    second_done.unwrap();
    ground.lab.wait(HIDDEN + HIDDEN);
    if !first_done {
        assert!(ground.turn(&Faults::default(), &job, pace).await);
    }
    ground.work(&Faults::default(), pace).await;
    let export = ground.export(id).await;
    assert_eq!((&export.state, export.lease_until), (&LeadExportState::Done, None));
    ground.is_whole(&export).await;
}

async fn held_up_at_each_call(pace: Pace) {
    let ground = Ground::new().await;
    ground.asked(&Faults::default()).await;
    let (job, quiet) = (ground.messages().await.remove(0), Faults::default());
    assert!(ground.turn(&quiet, &job, pace).await);
    let calls = quiet.calls().len();
    assert!(calls > 6);
    let run = |at| async move {
        let plan = [(at, Fault::PauseBefore)];
        let named = Named(&plan);
        held_up_at(at, pace).await;
        std::mem::forget(named);
    };
    stream::iter(0..calls + 2).map(run).buffer_unordered(CONCURRENCY).collect::<()>().await;
}

#[tokio::test]
async fn who_is_held_up_longer_than_it_may_be_spoils_nothing_of_who_went_on() {
    held_up_at_each_call(Pace::default()).await;
    held_up_at_each_call(part_by_part()).await;
    held_up_at_each_call(step_by_step()).await;
}

#[tokio::test]
async fn of_two_who_begin_in_the_same_moment_one_writes() {
    let mut ground = Ground::new().await;
    let id = ground.asked(&Faults::default()).await;
    let job = ground.messages().await.remove(0);
    let quiet = Faults::default();
    let turns = (0..4).map(|_| ground.turn(&quiet, &job, part_by_part()));
    futures::future::join_all(turns).await;
    ground.lab.wait(HIDDEN);
    ground.work(&Faults::default(), part_by_part()).await;
    let export = ground.export(id).await;
    assert_eq!(export.state, LeadExportState::Done);
    ground.is_whole(&export).await;
}
