//! What is shown of a key.

use domain::{
    access::{ApiKey, Principal},
    id::KeyId,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyView {
    /// Its public part.
    key_id: KeyId,
    /// Whom it speaks for.
    #[serde(flatten)]
    principal: Principal,
    /// What the seller calls it.
    label: String,
    /// Whether it opens anything.
    active: bool,
    /// When it was made.
    #[serde(with = "domain::time")]
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// From then on it opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeKey {
    #[serde(flatten)]
    pub(crate) view: KeyView,
    /// The whole key, to be sent with every request. Shown this once.
    #[schema(example = "vk_01jcxv5a8m3q4r5s6t7v8w9xyz_…")]
    pub(crate) key: String,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        let active = key.is_active();
        let revoked = key.revoked.map(domain::time::rfc3339);
        Self { key_id: key.id, principal: key.principal, label: key.label, active, created: key.created, revoked }
    }
}
