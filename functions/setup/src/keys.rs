//! `/v1/keys`: made, listed, rotated, revoked. A secret is shown once, in the answer that made it.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod rotate;
mod view;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::access::{Key, MAX_ACTIVE_KEYS, Principal};
use lambda::{Problem, auth::KeySecret};
use store::NewKey;

use self::view::{KeyView, MadeKey};
use crate::App;

/// Makes a key for a principal that is known to exist.
async fn make(app: &App, principal: Principal, label: String) -> Result<Response, Problem> {
    let secret = KeySecret::generate();
    let key = Key {
        id: lambda::new_key_id(),
        principal,
        label,
        secret_sha256: secret.sha256(),
        created: lambda::now(),
        revoked: None,
    };
    match app.store.make_key(&key).await? {
        NewKey::Made => {
            let text = secret.as_key_of(&key.id);
            Ok((StatusCode::CREATED, Json(MadeKey { view: KeyView::from(key), key: text })).into_response())
        }
        NewKey::Refused => {
            let detail = format!("There are {MAX_ACTIVE_KEYS} active keys for it already. Revoke one of them first.");
            Err(Problem::conflict("too_many_keys", detail))
        }
    }
}
