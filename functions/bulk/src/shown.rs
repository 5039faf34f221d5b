//! Jobs as they are shown, with what is known of them elsewhere.

use domain::bulk::Action;
use futures::future::try_join_all;
use jiff::Timestamp;
use store::{BulkJob, Error, Store};

use crate::{
    export::{export_of, is_export},
    job_view::JobView,
};

/// A job by itself.
pub(crate) async fn one(store: &Store, job: &BulkJob, now: Timestamp) -> Result<JobView, Error> {
    let view = listed(store, job, now).await?;
    if job.dry_run || !matches!(job.action, Action::SendMessage(_)) {
        return Ok(view);
    }
    Ok(view.with_messages(&store.responder_numbers(&job.id.into()).await?))
}

/// A page of jobs.
pub(crate) async fn all(store: &Store, jobs: &[BulkJob], now: Timestamp) -> Result<Vec<JobView>, Error> {
    try_join_all(jobs.iter().map(|job| listed(store, job, now))).await
}

async fn listed(store: &Store, job: &BulkJob, now: Timestamp) -> Result<JobView, Error> {
    let view = JobView::new(job);
    if !is_export(job) {
        return Ok(view);
    }
    let id = export_of(job.id);
    Ok(view.with_export(id, store.lead_export(id).await?.as_ref(), now))
}
