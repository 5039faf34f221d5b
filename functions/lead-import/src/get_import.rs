//! `GET /v1/lead-imports/{id}`: one file of leads.

use std::time::Duration;

use axum::{Json, extract::State};
use domain::id::LeadImportId;
use lambda::{Problem, auth::Caller, http::Named};

use crate::{App, import_of, import_view::ImportView};

/// How long the link to a result holds.
const EXPIRES_IN: Duration = Duration::from_secs(15 * 60);

/// Read how far a file of leads is
///
/// The seller reads all, a supplier its own. Once it is `done`, `result_url` leads to the result for a quarter of an hour: every row by its
/// number, with what became of it.
#[utoipa::path(
    get,
    path = "/v1/lead-imports/{id}",
    tag = "leads",
    params(("id" = String, Path, description = "The file's id.")),
    responses((status = 200, body = ImportView), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_import(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<LeadImportId>,
) -> Result<Json<ImportView>, Problem> {
    let file = import_of(&app.store, &caller.principal, id).await?;
    let result_url = match &file.result {
        Some(path) => Some(app.import_bucket.presign_result(path, EXPIRES_IN).await?),
        None => None,
    };
    Ok(Json(ImportView::new(&file).with_result(result_url)))
}
