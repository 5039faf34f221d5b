//! `/v1/keys`: made, listed, rotated, revoked. A secret is shown once, in the answer that made it.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod rotate;
mod view;

use axum::{
    Json,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{
    access::{Key, MAX_ACTIVE_KEYS, Principal},
    id::KeyId,
};
use lambda::{
    Problem,
    auth::KeySecret,
    body::{IDEMPOTENCY_REPLAYED, IdempotencyKey},
};
use store::{KeyRequest, NewKey};

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
    let key = Key {
        id: lambda::new_key_id(),
        principal,
        label,
        secret_sha256: secret.sha256(),
        created: lambda::now(),
        revoked: None,
    };
    let made = match once.0 {
        None => app.store.make_key(&key).await?,
        Some(idempotency_key) => app.store.make_key_once(&key, &KeyRequest { caller, idempotency_key, asks }).await?,
    };
    match made {
        NewKey::Made => Ok(shown(key, &secret)),
        NewKey::MadeBefore(key) => {
            let mut answer = shown(key, &secret);
            answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
            Ok(answer)
        }
        NewKey::RevokedSince => {
            let detail =
                "This request made a key before, which has been revoked. Use a new Idempotency-Key for another.";
            Err(Problem::conflict("key_revoked", detail))
        }
        NewKey::RequestReused => {
            let detail = "This Idempotency-Key came with another request before; use a new key for a new request.";
            Err(Problem::unprocessable("idempotency_key_reused", detail))
        }
        NewKey::Refused => {
            let detail = format!("There are {MAX_ACTIVE_KEYS} active keys for it already. Revoke one of them first.");
            Err(Problem::conflict("too_many_keys", detail))
        }
    }
}

fn shown(key: Key, secret: &KeySecret) -> Response {
    let text = secret.as_key_of(&key.id);
    (StatusCode::CREATED, Json(MadeKey { view: KeyView::from(key), key: text })).into_response()
}
