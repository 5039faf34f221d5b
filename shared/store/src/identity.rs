//! Keyed hashes of personal data, so that indexes and markers can find a person without naming one.

use std::collections::BTreeMap;

use domain::{
    field::FieldName,
    id::{BuyerRef, InstallationId, LeadId},
    intake::Claim,
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Bytes kept of a hash: enough that two people never meet, short enough for an index.
const KEPT_BYTES: usize = 16;

/// The keyed hash of a request, 32 hex digits: all that is held of it, and all that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestHash(String);

impl RequestHash {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hashes with the installation's own secret key.
#[derive(Clone, Debug)]
pub struct Identity {
    secret: SecretString,
}

impl Identity {
    /// With the secret of the installation.
    pub fn new(secret: SecretString) -> Self {
        Self { secret }
    }

    /// Of a normalised e-mail address.
    pub fn email(&self, email: &str) -> String {
        self.hash(["email", email])
    }

    /// Of a phone number in E.164.
    pub fn phone(&self, phone: &str) -> String {
        self.hash(["phone", phone])
    }

    /// What this installation calls itself before others: from the same secret always the same, and telling nothing.
    pub fn installation(&self) -> InstallationId {
        let mut id = [0; KEPT_BYTES];
        // An unusable key would make every installation the same; see there.
        if let Some(hash) = self.derived(["installation"]) {
            id.copy_from_slice(&hash[..KEPT_BYTES]);
        }
        InstallationId::from_hash(id)
    }

    /// Of an idempotency key, which people have been seen to make from e-mail addresses.
    pub fn idempotency_key(&self, key: &str) -> String {
        self.hash(["once", key])
    }

    /// Of a request, to tell a replay from a key that is used again for something else.
    pub fn request(&self, body: &str) -> RequestHash {
        RequestHash(self.hash(["request", body]))
    }

    /// Of what a buyer calls a lead, in which people have been seen to put all sorts of things.
    pub fn buyer_reference(&self, bid: &BuyerRef, reference: &str) -> String {
        self.hash(["buyer_reference", bid.as_str(), reference])
    }

    /// What the first entry of a lead's history goes on from.
    pub(crate) fn chain(&self, lead: LeadId) -> String {
        self.hash(["history of", &lead.to_string()])
    }

    /// Of an entry of a history, going on from the one before.
    pub(crate) fn chained(&self, previous: &str, entry: &str) -> String {
        self.hash(["history", previous, entry])
    }

    /// Of the data that makes two leads the same.
    pub fn claim(&self, claim: &Claim) -> String {
        self.values(&claim.values)
    }

    /// Of the values of some fields.
    pub fn values(&self, values: &BTreeMap<FieldName, String>) -> String {
        self.hash(values.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]))
    }

    fn hash<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> String {
        // An unusable key would make every hash the same; see there.
        self.derived(parts).map(|hash| hex::encode(&hash[..KEPT_BYTES])).unwrap_or_default()
    }

    /// Bytes that follow from the secret and these parts.
    pub(crate) fn derived<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Option<[u8; 32]> {
        // HMAC takes keys of any length, so this cannot fail.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes()).ok()?;
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Some(mac.finalize().into_bytes().into())
    }
}
