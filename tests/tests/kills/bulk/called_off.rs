//! Jobs that are called off in the middle, wherever their worker dies: what they tell is what they have done.

use axum::body::Body;
use domain::access::Principal;
use futures::{StreamExt, stream};
use lambda::http::Function;
use serde_json::json;
use store::BulkJobState;
use tests::{Fault, Faults, Lab};

use super::{
    super::{CONCURRENCY, Named, answered, asking, lab_with, make_key, with_a_kill_after_each_write},
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

/// Asks as the seller, and waits for an answer that is good.
async fn asked(lab: &Lab, faults: &Faults, path: &str, body: &str) {
    let function = async || lab.bulk(faults).await.router();
    let request = || asking("seller", path).header("idempotency-key", "one").body(Body::from(body.to_owned())).unwrap();
    let (status, text) = answered(faults, function, request).await;
    assert!(status.is_success(), "{status}: {text}");
}

/// A file of leads is ordered, by whoever is held up there, and called off meanwhile; who orders it may die a call later, and orders it again.
async fn export_called_off_at(at: usize, dies: bool) -> usize {
    let lab = lab_with(json!({}), Vec::new()).await;
    make_key(&lab, "seller", Principal::Seller).await;
    let (store, held_up) = (lab.tables.store(), Faults::at(faults_at(at, dies)));
    let order = json!({ "action": "export", "search": { "campid": ["solar"] } }).to_string();
    let first = async {
        asked(&lab, &held_up, "/v1/bulk", &order).await;
        held_up.let_go();
    };
    let mut called_off = None;
    let meanwhile = async {
        held_up.paused().await;
        if let Some(job) = store.bulk_jobs(None, 1).await.unwrap().items.first() {
            asked(&lab, &Faults::default(), &format!("/v1/bulk/{}/cancel", job.id), "").await;
            called_off = Some(job.id);
        }
        held_up.resume();
    };
    tokio::join!(first, meanwhile);
    if let Some(id) = called_off {
        let job = store.bulk_job(id).await.unwrap().unwrap();
        let export = store.lead_export(domain::id::LeadExportId::from_ulid(id.ulid())).await.unwrap();
        assert!(job.cancelled && export.is_none_or(|export| export.ended_at.is_some()), "{at} {dies}: {job:#?}");
    }
    held_up.calls().len()
}

fn faults_at(at: usize, dies: bool) -> impl Iterator<Item = (usize, Fault)> {
    std::iter::once((at, Fault::PauseBefore)).chain(dies.then_some((at + 1, Fault::KillAfter)))
}

#[tokio::test]
async fn a_file_of_leads_that_is_called_off_while_it_is_ordered_is_written_by_nobody() {
    let calls = export_called_off_at(0, false).await;
    assert!(calls > 4);
    for at in 1..calls {
        export_called_off_at(at, false).await;
        export_called_off_at(at, true).await;
    }
}
