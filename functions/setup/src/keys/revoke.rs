//! `DELETE /v1/keys/{id}`: revokes a key.

use axum::{Json, extract::State};
use domain::id::KeyId;
use lambda::{Problem, auth::Seller, http::Named};
use store::Revoked;

use super::{unreadable, view::KeyView};
use crate::App;

/// Revokes a key, within 30 seconds everywhere. The seller's last key stays. One that cannot be read is replaced by one that opens
/// nothing.
///
/// Safe to send again: that changes nothing more. It needs no `Idempotency-Key`.
#[utoipa::path(
    delete,
    path = "/v1/keys/{id}",
    tag = "keys",
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, body = KeyView), Problem),
    security(("key" = []))
)]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    _: Seller,
    Named(id): Named<KeyId>,
) -> Result<Json<KeyView>, Problem> {
    let revoked = match app.store.revoke_key(&id, lambda::now()).await {
        Err(store::Error::Unreadable(row)) => {
            return Err(unreadable(&row, "No principal has it any more, so it was revoked before, and opens nothing."));
        }
        revoked => revoked?,
    };
    match revoked {
        Revoked::Done(key) => Ok(Json(KeyView::from(key))),
        Revoked::Unknown => Err(Problem::not_found("such key")),
        Revoked::LastOfSeller => {
            let detail =
                "It is the seller's last active key, and without it nobody could make another. Rotate it first.";
            Err(Problem::conflict("last_key", detail))
        }
    }
}
