//! How a delivery's requests prove who we are, and what becomes of the secrets for it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::setup::Invalid;

/// How a request proves who we are. Secrets are written, never read: a replacement without one keeps the stored one, as long as
/// the scheme, host and port of the URL stay as they are.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all, or by a field.
    #[default]
    None,
    /// `Authorization: Basic`.
    Basic {
        /// The user.
        username: String,
        /// The password; write-only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// The token; write-only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
}

/// Written by hand, so that no secret reaches a log.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(…)",
            Self::Bearer { .. } => "Bearer(…)",
        })
    }
}

impl Auth {
    fn secret_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::None => None,
            Self::Basic { password: secret, .. } | Self::Bearer { token: secret } => Some(secret),
        }
    }

    /// Takes over the stored secret where none is given and the kind is the same.
    pub(super) fn keep_secret_of(&mut self, stored: &Self) {
        let same_kind = std::mem::discriminant(self) == std::mem::discriminant(stored);
        let mut stored = stored.clone();
        if let (true, Some(secret), Some(kept)) = (same_kind, self.secret_mut(), stored.secret_mut())
            && secret.is_none()
        {
            *secret = kept.take();
        }
    }

    pub(super) fn forget_secret(&mut self) {
        if let Some(secret) = self.secret_mut() {
            *secret = None;
        }
    }

    /// The secret with its place.
    fn secret(&self) -> Option<(&'static str, Option<&str>)> {
        match self {
            Self::None => None,
            Self::Basic { password, .. } => Some(("channel.request.auth.password", password.as_deref())),
            Self::Bearer { token } => Some(("channel.request.auth.token", token.as_deref())),
        }
    }

    /// The place of the secret, if it is not there.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.secret().filter(|(_, secret)| secret.is_none()).map(|(place, _)| place)
    }

    pub(super) fn check(&self, found: &mut Vec<Invalid>) {
        let Some((field, secret)) = self.secret() else { return };
        if let Self::Basic { username, .. } = self
            && (username.contains(':') || username.chars().any(char::is_control))
        {
            let detail = "A user name has no colon, as it ends there (RFC 7617), and no control characters.";
            found.push(Invalid::new("channel.request.auth.username", "username", detail));
        }
        found.extend(secret_flaw(field, secret));
    }
}

/// What is wrong with a secret that is about to be stored.
pub(super) fn secret_flaw(place: &str, secret: Option<&str>) -> Option<Invalid> {
    match secret {
        None => Some(Invalid::new(
            place,
            "required",
            "Give the secret once; later replacements for the same host may leave it out.",
        )),
        Some(text) if text.is_empty() || text.len() > 4_000 || text.chars().any(char::is_control) => {
            Some(Invalid::new(place, "secret", "Use 1 to 4,000 characters on one line."))
        }
        Some(_) => None,
    }
}
