//! Names of lead fields, and those that are customary in this trade.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

/// Most characters of a field name.
const MAX_CHARS: usize = 40;

/// The fields that every campaign takes without a rule of its own, in the order in which people expect them.
pub const CUSTOMARY_FIELDS: &[&str] = &[
    "title",
    "firstname",
    "lastname",
    "email",
    "phone1",
    "phone2",
    "phone3",
    "street1",
    "street2",
    "towncity",
    "county",
    "postcode",
    "country",
    "dob",
    "gender",
    "ipaddress",
    "useragent",
    "optinurl",
    "optindate",
    "source",
    "c1",
    "c2",
    "c3",
];

/// The text cannot be the name of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "A field name starts with a letter and has 1 to {MAX_CHARS} characters: lower-case letters a-z, digits, underscore."
)]
pub struct InvalidFieldName;

impl InvalidFieldName {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_field_name"
    }
}

/// The name of a lead field: 1 to 40 characters `[a-z][a-z0-9_]*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9_]{0,39}$", example = "roof_type")]
pub struct FieldName(String);

impl FieldName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every campaign takes this field without a rule.
    pub fn is_customary(&self) -> bool {
        CUSTOMARY_FIELDS.contains(&self.as_str())
    }
}

impl FromStr for FieldName {
    type Err = InvalidFieldName;

    fn from_str(text: &str) -> Result<Self, InvalidFieldName> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase());
        if starts_well && text.len() <= MAX_CHARS && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidFieldName)
        }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lets a map by field name be asked with a `&str`.
impl Borrow<str> for FieldName {
    fn borrow(&self) -> &str {
        &self.0
    }
}
