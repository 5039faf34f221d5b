//! `POST /v1/keys/{id}/rotate`: makes the key that follows one.

use axum::{extract::State, response::Response};
use domain::id::KeyId;
use lambda::{Problem, auth::Seller, body::IdempotencyKey, http::Named};

use super::{Wanted, make, unreadable, view::MadeKey};
use crate::App;

/// Makes a second key for the same principal. The first one stays active until it is revoked, so that callers can switch.
///
/// An `Idempotency-Key` does what it does where keys are made: a repeat shows the same new key, with a new secret.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/rotate",
    tag = "keys",
    params(
        ("id" = String, Path, description = "The id of the key that is to be replaced."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again.")
    ),
    responses((status = 201, body = MadeKey, headers(("Idempotency-Replayed" = String, description = "`true`: made before; its secret is new."))), Problem),
    security(("key" = []))
)]
pub(crate) async fn rotate_key(
    State(app): State<App>,
    Seller(caller): Seller,
    Named(id): Named<KeyId>,
    once: IdempotencyKey,
) -> Result<Response, Problem> {
    let key = match app.store.key(&id).await {
        Err(store::Error::Unreadable(row)) => return Err(unreadable(&row, "Revoke it, and make a new one instead.")),
        found => found?.ok_or_else(|| Problem::not_found("such key"))?,
    };
    if !key.is_active() {
        return Err(Problem::conflict("key_revoked", "The key is revoked; make a new one instead."));
    }
    let asks = format!("rotate {id}");
    make(&app, Wanted { principal: key.principal, label: key.label, asks }, caller.key_id, once).await
}
