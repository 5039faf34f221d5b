//! `POST /v1/return-files`: a place and a form for a file of returns.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    access::Principal,
    buyer::Buyer,
    id::{BuyerRef, ReturnFileId},
    time::rfc3339,
    words::one_line,
};
use lambda::{Problem, auth::Caller, body::ApiJson, problem::FieldError};
use serde::{Deserialize, Serialize};
use store::{MAX_RETURN_FILE_BYTES, PresignedPost, ReturnFile};
use utoipa::ToSchema;

use super::sees_files_of;
use crate::App;

/// Within which an upload has to begin.
const EXPIRES_IN: Duration = Duration::from_secs(15 * 60);
/// Most characters of a name.
const MAX_NAME: usize = 80;

/// A file that is to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileForm {
    /// Whose returns they are, where the seller uploads them; a buyer's own without it.
    bid: Option<BuyerRef>,
    /// What the file is called, up to 80 characters on one line, such as `june.csv`.
    name: String,
    /// Whether it is only tried: the result says what would become of each row, of 100,000 lines at most, and nothing is returned.
    #[serde(default)]
    dry_run: bool,
}

/// How to upload a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadView {
    /// What the file is called from now on; `GET /v1/return-files/{id}` says how far it is.
    #[schema(value_type = String, example = "rfile_01JCXV5A8M3Q4R5S6T7V8W9XYZ")]
    return_file_id: ReturnFileId,
    /// Where to `POST` the form to.
    url: String,
    /// The fields of the form, before its last one: `file`, with the bytes.
    fields: BTreeMap<String, String>,
    /// Within which the upload has to begin.
    expires_at: String,
    /// Most bytes that the file may have.
    max_bytes: u64,
}

/// Upload a file of returns
///
/// Answers with a form for the upload: `POST` its `fields`, and the file as the last field `file`, as `multipart/form-data` to `url`. A
/// buyer may as well drop files into its folder of the bucket. The rows are judged on the buyer's terms, also where the seller uploads
/// them. CSV may have 512 MB and 2,000,000 lines, an XLSX workbook 10 MB. What is sent again makes another form; a file that never
/// comes stays `awaiting`.
#[utoipa::path(
    post,
    path = "/v1/return-files",
    tag = "returns",
    request_body = FileForm,
    responses((status = 201, body = UploadView), Problem),
    security(("key" = []))
)]
pub(crate) async fn post_file(
    State(app): State<App>,
    caller: Caller,
    ApiJson(form): ApiJson<FileForm>,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    let bid = bid_of(&form, &caller.principal)?;
    let name = one_line("name", &form.name, MAX_NAME).map_err(|finding| Problem::invalid([finding]))?;
    if app.store.cached::<Buyer>(bid.as_str()).await?.is_none() {
        return Err(unknown_buyer(&bid));
    }

    let (id, now) = (ReturnFileId::from_ulid(lambda::new_draw()), lambda::now());
    let file = ReturnFile::announced(id, bid, &name, form.dry_run, caller.principal, now);
    let path = file.path.clone();
    app.store.announce_return_file(file).await?;
    let PresignedPost { url, fields, expires_at } =
        app.return_bucket.presign_upload(&path, MAX_RETURN_FILE_BYTES, now, EXPIRES_IN).await?;
    let expires_at = rfc3339(expires_at);
    Ok((
        StatusCode::CREATED,
        Json(UploadView { return_file_id: id, url, fields, expires_at, max_bytes: MAX_RETURN_FILE_BYTES }),
    ))
}

fn bid_of(form: &FileForm, caller: &Principal) -> Result<BuyerRef, Problem> {
    match (sees_files_of(caller)?, &form.bid) {
        (Some(own), None) => Ok(own.clone()),
        (Some(own), Some(named)) if own == named => Ok(own.clone()),
        (Some(_), Some(_)) => {
            Err(Problem::forbidden("not_yours", "Leave bid out, or name your own: you return what you bought."))
        }
        (None, Some(named)) => Ok(named.clone()),
        (None, None) => Err(Problem::invalid([FieldError::new("bid", "required", "Say whose returns they are.")])),
    }
}

fn unknown_buyer(bid: &BuyerRef) -> Problem {
    let detail = format!("There is no buyer {bid}.");
    let finding = FieldError::new("bid", "unknown_reference", detail.clone());
    Problem::unprocessable("unknown_reference", detail).with_errors([finding])
}
