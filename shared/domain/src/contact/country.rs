//! Countries by their ISO 3166-1 alpha-2 code.

use std::{fmt, str::FromStr};

use phonenumber::country::Id;
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

use super::ContactError;

/// A country or territory that has phone numbers, as two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Z]{2}$", example = "GB")]
pub struct Country(Id);

impl Country {
    /// The code: `GB`.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub(super) fn id(self) -> Id {
        self.0
    }
}

impl FromStr for Country {
    type Err = ContactError;

    /// Reads the code in either case; blanks around it are dropped. `UK` is refused: the code is `GB`.
    fn from_str(raw: &str) -> Result<Self, ContactError> {
        let code = raw.trim().to_ascii_uppercase();
        if code.len() != 2 {
            return Err(ContactError::UnknownCountry);
        }
        code.parse().map(Self).map_err(|_| ContactError::UnknownCountry)
    }
}

impl PartialOrd for Country {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Country {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
