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
use domain::{
    access::{ApiKey, MAX_ACTIVE_KEYS, Principal},
    id::KeyId,
};
use lambda::{
    Problem,
    auth::KeySecret,
    body::{IdempotencyKey, marked_replayed},
};
use store::{KeyRequest, NewKey, Unreadable};

use self::view::{KeyView, MadeKey};
use crate::App;

/// A key that is asked for.
struct Wanted {
    /// Whom it is for; known to exist.
    principal: Principal,
    label: String,
    /// The request in words, the same for the same request.
    asks: String,
}

/// Makes a key, or finds it made by the same request and gives it a new secret.
async fn make(app: &App, wanted: Wanted, caller: KeyId, once: IdempotencyKey) -> Result<Response, Problem> {
    let Wanted { principal, label, asks } = wanted;
    let secret = KeySecret::generate();
    let key = ApiKey {
        id: lambda::new_key_id(),
        principal,
        label,
        secret_sha256: secret.sha256(),
        created: lambda::now(),
        revoked: None,
    };
    let made = match once.0 {
        None => app.store.make_key(&key).await?,
        Some(idempotency_key) => {
            let request = KeyRequest { caller, idempotency_key, asks };
            app.store.make_key_once(&key, &request, &app.identity).await?
        }
    };
    match made {
        NewKey::Made => Ok(shown(key, &secret)),
        NewKey::MadeBefore(key) => Ok(marked_replayed(shown(key, &secret), true)),
        NewKey::RevokedSince => {
            let detail =
                "This request made a key before, which has been revoked. Use a new Idempotency-Key for another.";
            Err(Problem::conflict("key_revoked", detail))
        }
        NewKey::RequestReused => Err(Problem::idempotency_key_reused()),
        NewKey::Refused => {
            let detail = format!("There are {MAX_ACTIVE_KEYS} active keys for it already. Revoke one of them first.");
            Err(Problem::conflict("too_many_keys", detail))
        }
    }
}

/// 409: a key has no versions by which it could be replaced, as a record has.
fn unreadable(row: &Unreadable, hint: &str) -> Problem {
    tracing::error!(error = %row, "a key cannot be read");
    Problem::conflict("unreadable", format!("The key {} is there, and cannot be read. {hint}", row.sk))
}

fn shown(key: ApiKey, secret: &KeySecret) -> Response {
    let text = secret.as_key_of(&key.id);
    (StatusCode::CREATED, Json(MadeKey { view: KeyView::from(key), key: text })).into_response()
}
