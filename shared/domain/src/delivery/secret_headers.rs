//! Headers whose values are secrets: API keys and the like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{auth::secret_flaw, request::is_free_header};
use crate::setup::Invalid;

/// Header → its value, which is written, never read: shown as null, and kept by a replacement that says null, as long as the
/// scheme, host and port of the URL stay as they are.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = BTreeMap<String, Option<String>>)]
pub struct SecretHeaders(BTreeMap<String, Option<String>>);

/// Written by hand, so that no secret reaches a log.
impl std::fmt::Debug for SecretHeaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl SecretHeaders {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Takes over the stored values where none are given.
    pub(super) fn keep_secrets_of(&mut self, stored: &Self) {
        for (name, value) in self.0.iter_mut().filter(|(_, value)| value.is_none()) {
            let kept = stored.0.iter().find(|(kept, _)| kept.eq_ignore_ascii_case(name));
            *value = kept.and_then(|(_, kept)| kept.clone());
        }
    }

    /// The places of those without a value.
    pub(super) fn missing(&self, place: &str) -> impl Iterator<Item = String> {
        self.0.iter().filter(|(_, value)| value.is_none()).map(move |(name, _)| format!("{place}.{name}"))
    }

    pub(super) fn forget_secrets(&mut self) {
        self.0.values_mut().for_each(|value| *value = None);
    }

    pub(super) fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        for (name, value) in &self.0 {
            if !is_free_header(name) {
                let detail = "This header is not a valid name, or is set by Volley itself; use another.";
                found.push(Invalid::new(format!("{place}.{name}"), "header", detail));
            }
            found.extend(secret_flaw(&format!("{place}.{name}"), value.as_deref()));
        }
    }
}
