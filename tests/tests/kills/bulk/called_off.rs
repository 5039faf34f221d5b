//! Jobs that are called off in the middle, wherever their worker dies: what they tell is what they have done.

use futures::{StreamExt, stream};
use store::BulkJobState;
use tests::{Fault, Faults};

use super::{
    super::{CONCURRENCY, Named, with_a_kill_after_each_write},
    Deed, Ground, Meant,
    ground::HIDDEN,
    step_by_step,
};

/// A job that has changed the leads of its first row.
async fn begun(faults: &Faults) -> (Ground, domain::id::BulkJobId) {
    let mut ground = Ground::new(Deed::UpdatePayout, Meant::Searched).await;
    let id = ground.ordered(faults).await;
    ground.work_until(faults, step_by_step(), Some(id)).await;
    (ground, id)
}

#[tokio::test]
async fn a_job_that_is_called_off_stops_with_what_it_has_done() {
    with_a_kill_after_each_write(|faults| async move {
        let (mut ground, id) = begun(&faults).await;
        ground.called_off(&faults, id).await;
        ground.work(&faults, step_by_step()).await;
        let over = ground.job(id).await;
        assert_eq!((&over.state, over.lease_until), (&BulkJobState::Cancelled, None), "{over:#?}");
        // Whoever dies behind its message leaves two of them, so that another row may be done meanwhile.
        let changed = ground.is_told(&over).await;
        assert!(changed == 2 || (changed == 4 && !faults.is_quiet()), "{changed}: {over:#?}");
        ground.books_agree().await;
    })
    .await;
}

/// Called off after its worker has died at this call of its turn with the second row.
async fn called_off_after_a_death_at(call: usize) {
    let quiet = Faults::default();
    let (mut ground, id) = begun(&quiet).await;
    let died = !ground.turn(&Faults::at([(call, Fault::KillAfter)]), id, step_by_step()).await;
    ground.called_off(&quiet, id).await;
    if died {
        ground.comes_again(id);
    }
    ground.lab.wait(HIDDEN);
    ground.work(&quiet, step_by_step()).await;
    let over = ground.job(id).await;
    assert_eq!((&over.state, over.lease_until), (&BulkJobState::Cancelled, None), "{over:#?}");
    assert!((2..=4).contains(&ground.is_told(&over).await));
    ground.books_agree().await;
}

#[tokio::test]
async fn what_a_dead_worker_had_done_by_then_is_told() {
    let (ground, id) = begun(&Faults::default()).await;
    let quiet = Faults::default();
    assert!(ground.turn(&quiet, id, step_by_step()).await);
    let calls = quiet.calls().len();
    assert!(calls > 5);
    let run = |at| async move {
        let plan = [(at, Fault::KillAfter)];
        let named = Named(&plan);
        called_off_after_a_death_at(at).await;
        std::mem::forget(named);
    };
    stream::iter(0..=calls).map(run).buffer_unordered(CONCURRENCY).collect::<()>().await;
}
