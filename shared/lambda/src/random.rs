//! The clock and the dice. Pure code gets their results as parameters; this is the one place that asks them.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::id::{AttemptId, KeyId, LeadId};
use jiff::Timestamp;
use store::WebhookSecret;
use ulid::Ulid;

/// The present instant, in whole milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> Timestamp {
    domain::time::to_millis(Timestamp::now())
}

/// The id of a lead that comes in now.
pub fn new_lead_id() -> LeadId {
    LeadId::from_ulid(new_ulid())
}

/// The id of a request that is sent now.
pub fn new_attempt_id() -> AttemptId {
    AttemptId::from_ulid(new_ulid())
}

/// The id of a key that is made now.
pub fn new_key_id() -> KeyId {
    KeyId::from_ulid(new_ulid())
}

/// What the chunks of one booking are called after.
pub fn new_draw() -> Ulid {
    new_ulid()
}

/// A secret to sign webhooks with: 256 bits, in the form of Standard Webhooks.
pub fn new_webhook_secret() -> WebhookSecret {
    WebhookSecret::new(format!("whsec_{}", BASE64_STANDARD.encode(random_bytes::<32>())))
}

/// 0 to 1,000, evenly enough for jitter.
pub fn jitter_permille() -> u16 {
    u16::try_from(u32::from_be_bytes(random_bytes()) % 1_001).unwrap_or(0)
}

/// A ULID of this millisecond.
pub(crate) fn new_ulid() -> Ulid {
    let mut random = [0; 16];
    random[6..].copy_from_slice(&random_bytes::<10>());
    Ulid::from_parts(u64::try_from(now().as_millisecond()).unwrap_or(0), u128::from_be_bytes(random))
}

/// Bytes that nobody can predict.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // No kernel that this runs on refuses. If one does, no answer is better than a key that can be guessed.
        tracing::error!(%error, "the system gives no random bytes");
        std::process::abort();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_one_after_the_other_differ_and_carry_the_present_time() {
        let before = now().as_millisecond();
        let (one, other) = (new_lead_id(), new_lead_id());
        assert_ne!(one, other);
        let made = i64::try_from(one.ulid().timestamp_ms()).unwrap_or(0);
        assert!((before..=now().as_millisecond()).contains(&made), "{made}");
    }

    #[test]
    fn jitter_stays_within_its_range() {
        assert!((0..1_000).all(|_| jitter_permille() <= 1_000));
    }
}
