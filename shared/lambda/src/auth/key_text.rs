//! The text of a key, `vk_<id>_<secret>`, and the hash that is kept of its secret.

use axum::http::{HeaderMap, HeaderName, header};
use domain::id::KeyId;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::random::random_bytes;

/// What every key begins with, so that secret scanners can know one.
const PREFIX: &str = "vk_";
/// The header for callers that cannot set `Authorization`.
const X_KEY: HeaderName = HeaderName::from_static("x-key");
/// Longer texts are no keys, and are not hashed.
const MAX_KEY_BYTES: usize = 200;

/// The secret half of a key; shown once, when it is made.
#[derive(Clone, Debug)]
pub struct KeySecret(SecretString);

impl KeySecret {
    /// 256 random bits, as 64 hexadecimal digits.
    pub fn generate() -> Self {
        Self(hex::encode(random_bytes::<32>()).into())
    }

    /// The hash that is kept.
    pub fn sha256(&self) -> String {
        secret_sha256(self.0.expose_secret())
    }

    /// The whole key, for its owner.
    pub fn as_key_of(&self, id: &KeyId) -> String {
        format_key(id, self.0.expose_secret())
    }
}

/// A key as a caller presents it.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Its public part.
    pub id: KeyId,
    /// Its secret part.
    pub secret: SecretString,
}

/// The hash of a secret, in hexadecimal. Secrets are 256 random bits, so a slow hash would add nothing.
pub fn secret_sha256(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Compares two hashes in a time that does not depend on where they differ.
pub fn same_hash(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// The text of a key.
pub fn format_key(id: &KeyId, secret: &str) -> String {
    format!("{PREFIX}{id}_{secret}")
}

/// Reads the text of a key; none: it is not one. The id holds no underscore, so the secret may.
pub fn parse_key(text: &str) -> Option<Presented> {
    let (id, secret) = text.trim().strip_prefix(PREFIX).filter(|_| text.len() <= MAX_KEY_BYTES)?.split_once('_')?;
    let id = id.parse().ok()?;
    (!secret.is_empty()).then(|| Presented { id, secret: SecretString::from(secret) })
}

/// The key in `Authorization: Bearer …` or, when there is no `Authorization`, in `X-Key`.
pub fn presented_key(headers: &HeaderMap) -> Option<Presented> {
    let text = match headers.get(header::AUTHORIZATION) {
        Some(value) => {
            let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(rest)?
        }
        None => headers.get(X_KEY)?.to_str().ok()?,
    };
    parse_key(text)
}
