//! Two workers with one job: by a message that comes twice, and where one of them is held up for longer than it may be.

use bulk::worker::{Pace, take};
use futures::{StreamExt, stream};
use store::BulkMessage;
use tests::{Fault, Faults};

use super::{
    super::{CONCURRENCY, Named},
    Deed, Ground, Meant,
    ground::HIDDEN,
    row_by_row, step_by_step,
};

async fn held_up_at(at: usize, pace: Pace, meant: Meant) {
    let mut ground = Ground::new(Deed::UpdatePayout, meant).await;
    let id = ground.ordered(&Faults::default()).await;
    ground.lab.bulk_messages().await;
    let held_up = Faults::at([(at, Fault::PauseBefore)]);
    let first = async {
        let done = ground.turn(&held_up, id, pace).await;
        // It may be done before it gets that far; then nobody has to wait for it.
        held_up.let_go();
        done
    };
    let second = async {
        held_up.paused().await;
        let app = ground.lab.bulk_worker(&Faults::default()).await;
        let done = take(&app, BulkMessage { job: id }, ground.lab.now() + HIDDEN, pace).await;
        held_up.resume();
        done
    };
    let (first_done, second_done) = tokio::join!(first, second);
    second_done.unwrap();
    ground.lab.wait(HIDDEN + HIDDEN);
    if !first_done {
        ground.comes_again(id);
    }
    ground.work(&Faults::default(), pace).await;
    ground.is_done(id).await;
}

async fn held_up_at_each_call(pace: Pace, meant: Meant) {
    let ground = Ground::new(Deed::UpdatePayout, meant).await;
    let id = ground.ordered(&Faults::default()).await;
    let quiet = Faults::default();
    assert!(ground.turn(&quiet, id, pace).await);
    let calls = quiet.calls().len();
    assert!(calls > 5);
    let run = |at| async move {
        let plan = [(at, Fault::PauseBefore)];
        let named = Named(&plan);
        held_up_at(at, pace, meant).await;
        std::mem::forget(named);
    };
    stream::iter(0..calls + 2).map(run).buffer_unordered(CONCURRENCY).collect::<()>().await;
}

#[tokio::test]
async fn who_is_held_up_longer_than_it_may_be_changes_no_lead_twice_and_takes_nothing_back() {
    held_up_at_each_call(Pace::default(), Meant::ById).await;
    held_up_at_each_call(row_by_row(), Meant::Searched).await;
    held_up_at_each_call(step_by_step(), Meant::Searched).await;
}

#[tokio::test]
async fn of_some_who_begin_in_the_same_moment_one_has_the_job() {
    let mut ground = Ground::new(Deed::Return, Meant::Searched).await;
    let id = ground.ordered(&Faults::default()).await;
    ground.lab.bulk_messages().await;
    let quiet = Faults::default();
    let turns = (0..4).map(|_| ground.turn(&quiet, id, row_by_row()));
    futures::future::join_all(turns).await;
    ground.lab.wait(HIDDEN);
    ground.work(&Faults::default(), row_by_row()).await;
    ground.is_done(id).await;
}
