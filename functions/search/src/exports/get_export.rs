//! `GET /v1/lead-exports/{id}`: how far an export is, and the way to its file.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use domain::{id::LeadExportId, time::rfc3339};
use lambda::{Problem, auth::Caller, http::Named};
use store::{LeadExport, LeadExportState};

use super::export_view::ExportView;
use crate::App;

/// How long the link to a file holds.
const EXPIRES_IN: Duration = Duration::from_secs(15 * 60);

/// Read how far an export is
///
/// For whoever asked for it, alone. Once it is `done`, `url` leads to the file for a quarter of an hour. The file is kept for a week; a day
/// longer it is said that it was there.
#[utoipa::path(
    get,
    path = "/v1/lead-exports/{id}",
    tag = "leads",
    params(("id" = String, Path, description = "The export's id.")),
    responses(
        (status = 200, body = ExportView),
        (status = 410, description = "The file is not kept any more.", body = Problem, content_type = "application/problem+json"),
        Problem,
    ),
    security(("key" = []))
)]
pub(crate) async fn get_export(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Named(id): Named<LeadExportId>,
) -> Result<Json<ExportView>, Problem> {
    let export = app.store.lead_export(id).await?.filter(|export| export.caller == principal);
    let export = export.ok_or_else(|| Problem::not_found("export"))?;
    let now = lambda::now();
    if let Some(until) = export.kept_until().filter(|until| *until <= now) {
        let detail = format!("Its file was kept until {}. Ask for a new export.", rfc3339(until));
        return Err(Problem::new(StatusCode::GONE, "expired", "It is not there any more", detail));
    }
    let url = match export.state {
        LeadExportState::Done => Some(app.export_bucket.presign_export(id, &file_name(&export), EXPIRES_IN).await?),
        LeadExportState::Queued | LeadExportState::Running | LeadExportState::Failed { .. } => None,
    };
    Ok(Json(ExportView::new(&export, url, now)))
}

/// What the file is called on the caller's machine.
fn file_name(export: &LeadExport) -> String {
    format!("leads-{}.csv", export.created.strftime("%Y%m%d-%H%M%S"))
}
