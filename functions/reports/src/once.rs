//! Requests that may come twice and must happen once.

use lambda::{Problem, body::IdempotencyKey};
use sha2::{Digest, Sha256};

/// Bytes of a hash that tell requests apart; orders are kept in the leads that they change, so they are short.
const HASH_BYTES: usize = 8;

/// The `Idempotency-Key`, which money is not moved without.
///
/// # Errors
/// 400 without one.
pub(crate) fn required(key: IdempotencyKey) -> Result<String, Problem> {
    key.0.ok_or_else(|| {
        let detail = "Send an Idempotency-Key, so that money is moved once, however often the request arrives.";
        Problem::bad_request("idempotency_key_required", detail)
    })
}

/// 422: the key came with another request before.
pub(crate) fn reused() -> Problem {
    let detail = "This Idempotency-Key came with another request before; use a new key for a new request.";
    Problem::unprocessable("idempotency_key_reused", detail)
}

/// What stands for a text for good. People have been seen to make idempotency keys from e-mail addresses, so only hashes
/// are kept.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).get(..HASH_BYTES).map(hex::encode).unwrap_or_default()
}
