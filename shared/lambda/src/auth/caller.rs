//! Extractors: who calls, and whether it is the seller.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use domain::{access::Principal, id::KeyId, lead::Actor};
use secrecy::ExposeSecret;
use store::Store;

use super::key_text::{presented_key, same_hash, secret_sha256};
use crate::Problem;

/// Who calls. Rejects with the same 401 whether the id, the secret or a revocation is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The key that was presented.
    pub key_id: KeyId,
    /// Whom it speaks for.
    pub principal: Principal,
}

impl Caller {
    /// The same as leads keep it that are changed by a request.
    pub fn actor(&self) -> Actor {
        Actor::with_key(&self.principal, &self.key_id)
    }
}

/// The seller calls. Others are told that this is not theirs (403).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller(pub Caller);

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Store: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let presented = presented_key(&parts.headers).ok_or_else(Problem::unauthorised)?;
        let known = Store::from_ref(state).cached_key(&presented.id).await?;
        let hash = secret_sha256(presented.secret.expose_secret());
        // An unknown id is hashed and compared too, with nothing that a hash can equal.
        let right = same_hash(&hash, known.as_ref().map_or("", |key| key.secret_sha256.as_str()));
        let key = known.filter(|key| right && key.is_active()).ok_or_else(Problem::unauthorised)?;
        tracing::Span::current().record("key_id", key.id.as_str());
        Ok(Self { key_id: key.id.clone(), principal: key.principal.clone() })
    }
}

impl<S> FromRequestParts<S> for Seller
where
    S: Send + Sync,
    Store: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.principal {
            Principal::Seller => Ok(Self(caller)),
            Principal::Supplier { .. } | Principal::Buyer { .. } => {
                Err(Problem::forbidden("seller_only", "Only a key of the seller may do this."))
            }
        }
    }
}
