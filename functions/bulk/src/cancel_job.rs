//! `POST /v1/bulk/{id}/cancel`: a bulk job is to stop.

use axum::{Json, extract::State};
use domain::id::BulkJobId;
use lambda::{Problem, auth::Seller, http::Named};
use store::BulkMessage;

use crate::{App, job_view::JobView};

/// Call a bulk job off
///
/// It stops within seconds. What is done is done; leads that it has not come to stay as they are. A job that has come to its end is
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
    // Whoever works on it notices; where nobody does, somebody has to say that it has ended.
    if !job.state.is_over() && job.lease_until.is_none_or(|until| until <= now) {
        app.bulk_queue.send(&BulkMessage { job: id }).await?;
    }
    tracing::info!(job_id = %id, state = job.state.word(), "a bulk job is called off");
    Ok(Json(JobView::new(&job)))
}
