//! `GET /v1/return-files/{id}`: one file.

use std::time::Duration;

use axum::{Json, extract::State};
use domain::id::ReturnFileId;
use lambda::{Problem, auth::Caller, http::Named};

use super::{file_of, file_view::FileView};
use crate::App;

/// How long the link to a result holds.
const EXPIRES_IN: Duration = Duration::from_secs(15 * 60);

/// Read how far a file of returns is
///
/// The seller reads all, a buyer its own. Once it is `done`, `result_url` leads to the result for a quarter of an hour: every row by its
/// number, with what became of it.
#[utoipa::path(
    get,
    path = "/v1/return-files/{id}",
    tag = "returns",
    params(("id" = String, Path, description = "The file's id.")),
    responses((status = 200, body = FileView), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_file(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<ReturnFileId>,
) -> Result<Json<FileView>, Problem> {
    let file = file_of(&app.store, &caller.principal, id).await?;
    let result_url = match &file.result {
        Some(path) => Some(app.return_bucket.presign_result(path, EXPIRES_IN).await?),
        None => None,
    };
    Ok(Json(FileView { result_url, ..FileView::new(&file, &caller.principal) }))
}
