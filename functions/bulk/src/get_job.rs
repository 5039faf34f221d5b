//! `GET /v1/bulk/{id}`: how far a bulk job is.

use axum::{Json, extract::State};
use domain::id::BulkJobId;
use lambda::{Problem, auth::Seller, http::Named};

use crate::{App, job_view::JobView, shown};

/// Read how far a bulk job is
///
/// With how many leads it has changed, skipped and failed at, and what that moved. It is known for a month.
#[utoipa::path(
    get,
    path = "/v1/bulk/{id}",
    tag = "bulk",
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = 200, body = JobView), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_job(
    State(app): State<App>,
    _caller: Seller,
    Named(id): Named<BulkJobId>,
) -> Result<Json<JobView>, Problem> {
    let job = app.store.bulk_job(id).await?.ok_or_else(|| Problem::not_found("job"))?;
    Ok(Json(shown::one(&app.store, &job, lambda::now()).await?))
}
