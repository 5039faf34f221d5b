//! Keys of what people said on whether they may be written to.

use domain::lead::Channel;

use super::Key;

/// What was said of the person whose contact has this hash. The partitions of a channel are few enough to list it, and enough to share its
/// writes.
pub fn consent(channel: Channel, hash: &str) -> Key {
    Key::new(consents(channel, hash.get(..1).unwrap_or("0")), hash)
}

/// A partition of a channel; its parts are [`CONSENT_PARTS`].
pub fn consents(channel: Channel, part: &str) -> String {
    format!("consent#{}#{part}", channel.word())
}

/// The first digits of hashes.
pub const CONSENT_PARTS: [&str; 16] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];
