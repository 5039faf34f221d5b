//! `POST /v1/return-files/{id}/approve`, `…/undo`: the seller's word on all returns of a file.

use axum::{Json, extract::State, http::StatusCode};
use domain::{access::Principal, id::ReturnFileId, words::one_line};
use jiff::SignedDuration;
use lambda::{Problem, auth::Seller, body::ApiJson, http::Named};
use serde::Deserialize;
use store::{FileDecision, FileDecisionKind, ReturnFile, ReturnFileJob, ReturnFileWork};
use utoipa::ToSchema;

use super::{file_of, file_view::FileView};
use crate::App;

/// When the worker looks that is asked beforehand.
const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(20);
/// Most characters of a reason.
const MAX_REASON: usize = 200;

/// How the returns of a file are approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveFileForm {
    /// Whether suppliers give back what they earned; without it, as was foreseen when each return was asked for.
    reverse_payout: Option<bool>,
}

/// Why the returns of a file are undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoFileForm {
    /// In up to 200 characters on one line. The buyer reads it.
    reason: String,
}

/// Approve all returns of a file
///
/// Those that wait for it are approved, as if each were by itself. It goes on behind the answer; `decision` of the file says how far it
/// is. Safe to send again.
#[utoipa::path(
    post,
    path = "/v1/return-files/{id}/approve",
    tag = "returns",
    params(("id" = String, Path, description = "The file's id.")),
    request_body = ApproveFileForm,
    responses((status = 202, body = FileView), Problem),
    security(("key" = []))
)]
pub(crate) async fn approve_file(
    State(app): State<App>,
    _: Seller,
    Named(id): Named<ReturnFileId>,
    ApiJson(form): ApiJson<ApproveFileForm>,
) -> Result<(StatusCode, Json<FileView>), Problem> {
    let decision = FileDecision::new(FileDecisionKind::Approve, lambda::now());
    decided(&app, id, FileDecision { reverse_payout: form.reverse_payout, ..decision }).await
}

/// Undo all returns of a file
///
/// The sales that it took back stand again, with entries of their own, as if each return were undone by itself; those that were
/// sold again meanwhile stay returned and are counted as `left`. It goes on behind the answer. Safe to send again.
#[utoipa::path(
    post,
    path = "/v1/return-files/{id}/undo",
    tag = "returns",
    params(("id" = String, Path, description = "The file's id.")),
    request_body = UndoFileForm,
    responses((status = 202, body = FileView), Problem),
    security(("key" = []))
)]
pub(crate) async fn undo_file(
    State(app): State<App>,
    _: Seller,
    Named(id): Named<ReturnFileId>,
    ApiJson(form): ApiJson<UndoFileForm>,
) -> Result<(StatusCode, Json<FileView>), Problem> {
    let why = one_line("reason", &form.reason, MAX_REASON).map_err(|finding| Problem::invalid([finding]))?;
    let decision = FileDecision::new(FileDecisionKind::Undo, lambda::now());
    decided(&app, id, FileDecision { reason: Some(why), ..decision }).await
}

/// The worker is asked before the decision is kept, to look a little later, and once more behind it: so that somebody looks
/// also if nobody is left to ask.
async fn decided(app: &App, id: ReturnFileId, decision: FileDecision) -> Result<(StatusCode, Json<FileView>), Problem> {
    let file = file_of(&app.store, &Principal::Seller, id).await?;
    let is_new = is_new(&file, &decision)?;
    let job = ReturnFileJob { file: id, work: ReturnFileWork::Decide };
    app.return_files_queue.send_later(&job, LOOK_AFTER).await?;
    let file = if is_new {
        let after = ReturnFile { decision: Some(decision), ..file.clone() };
        app.store.save_return_file(&file, after).await?.ok_or_else(Problem::try_again)?
    } else {
        file
    };
    app.return_files_queue.send(&job).await?;
    Ok((StatusCode::ACCEPTED, Json(FileView::new(&file, &Principal::Seller))))
}

/// Whether the decision is another than the one that is being carried out. One that was may be taken again: returns have moved on
/// since, and what is decided so already stays so.
fn is_new(file: &ReturnFile, decision: &FileDecision) -> Result<bool, Problem> {
    if !file.has_returns() {
        let detail = "Only files that are done, and were more than tried, have returns; look at its state.";
        return Err(Problem::conflict("not_done", detail));
    }
    let Some(other) = file.decision.as_ref().filter(|other| other.is_running()) else { return Ok(true) };
    let says = |one: &FileDecision| (one.kind, one.reverse_payout, one.reason.clone());
    if says(other) == says(decision) {
        return Ok(false);
    }
    let detail = format!("The file is being {}; wait until that is done.", other.kind.done_word());
    Err(Problem::conflict("being_decided", detail))
}
