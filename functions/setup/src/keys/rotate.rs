//! `POST /v1/keys/{id}/rotate`: makes the key that follows one.

use axum::{extract::State, response::Response};
use lambda::{Problem, auth::Seller, http::PathText};

use super::{make, view::MadeKey};
use crate::App;

/// Makes a second key for the same principal. The first one stays active until it is revoked, so that callers can switch.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/rotate",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key that is to be replaced.")),
    responses((status = 201, body = MadeKey), Problem),
    security(("key" = []))
)]
pub(crate) async fn rotate_key(State(app): State<App>, _: Seller, PathText(id): PathText) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("such key");
    let id = id.parse().map_err(|_| unknown())?;
    let key = app.store.key(&id).await?.ok_or_else(unknown)?;
    if !key.is_active() {
        return Err(Problem::conflict("key_revoked", "The key is revoked; make a new one instead."));
    }
    make(&app, key.principal, key.label).await
}
