//! `POST /v1/bulk/{id}/cancel`: a bulk job is to stop.

use axum::{Json, extract::State};
use domain::id::BulkJobId;
use jiff::SignedDuration;
use lambda::{Problem, auth::Seller, http::Named};
use store::BulkMessage;

use crate::{
    App,
    export::{export_of, is_export},
    job_view::JobView,
    shown,
};

/// Call a bulk job off
///
/// It stops within seconds, and messages that wait within half a minute. What is done is done; leads that it has not come to stay as they are. A job that has come to its end is
/// answered as it is.
#[utoipa::path(
    post,
    path = "/v1/bulk/{id}/cancel",
    tag = "bulk",
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, body = JobView), Problem),
    security(("key" = []))
)]
pub(crate) async fn cancel_job(
    State(app): State<App>,
    _caller: Seller,
    Named(id): Named<BulkJobId>,
) -> Result<Json<JobView>, Problem> {
    let now = lambda::now();
    let job = app.store.cancel_bulk_job(id, now).await?.ok_or_else(|| Problem::not_found("job"))?;
    if is_export(&job) {
        app.store.cancel_lead_export(export_of(id), now).await?;
    }
    // Whoever works on it notices; where nobody does, or who had it has died, somebody has to say that it has ended.
    if !job.state.is_over() {
        let held = job.lease_until.map_or(SignedDuration::ZERO, |until| until.duration_since(now));
        app.bulk_queue.send_later(&BulkMessage { job: id }, held).await?;
    }
    tracing::info!(job_id = %id, state = job.state.word(), "a bulk job is called off");
    Ok(Json(shown::one(&app.store, &job, now).await?))
}
