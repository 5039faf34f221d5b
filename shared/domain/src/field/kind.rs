//! The kinds of values that a rule can ask for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Pattern;
use crate::contact::Country;

/// What the value of a field must be. Kinds without settings are empty structs, because serde would otherwise accept
/// settings that they do not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldKind {
    /// Any text.
    Text {
        /// Fewest characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_len: Option<u16>,
        /// Most characters, at most 1,000.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_len: Option<u16>,
        /// A regular expression that the whole value must match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<Pattern>,
    },
    /// An e-mail address; stored in lower case.
    Email {},
    /// A phone of the campaign's country, or any after `+`; stored in E.164.
    Phone {},
    /// A postcode as the campaign's country writes it; stored in capitals with single spaces.
    Postcode {},
    /// A day, `yyyy-mm-dd` or `dd/mm/yyyy`; stored as `yyyy-mm-dd`. Campaigns of countries that write the month first
    /// take only `yyyy-mm-dd`, because 03/04 would be two different days.
    Date {},
    /// A day of birth, written like a date, not in the future.
    DateOfBirth {
        /// Youngest age in full years.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_age: Option<u8>,
        /// Oldest age in full years.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age: Option<u8>,
    },
    /// A whole number; stored without leading zeros.
    Integer {
        /// Smallest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        /// Largest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
    },
    /// A number of up to 15 digits, with up to 6 decimals after a dot; stored without leading zeros.
    Decimal {},
    /// One of a list, in any case of its letters; stored as the list spells it.
    Choice {
        /// The list.
        of: Vec<String>,
    },
    /// Yes or no, also as true, false, 1, 0; stored as `yes` or `no`.
    Boolean {},
    /// An IPv4 or IPv6 address.
    IpAddress {},
    /// An `http` or `https` URL.
    Url {},
    /// An ISO 3166-1 alpha-2 country; stored in capitals.
    Country {
        /// The countries that are accepted; empty: every one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        allowed: Vec<Country>,
    },
}

impl FieldKind {
    /// Text without further limits.
    pub fn text() -> Self {
        Self::Text { min_len: None, max_len: None, pattern: None }
    }

    /// The kind of a customary field that the campaign has no rule for.
    pub(crate) fn natural(name: &str) -> Self {
        match name {
            "email" => Self::Email {},
            "phone1" | "phone2" | "phone3" => Self::Phone {},
            "dob" => Self::DateOfBirth { min_age: None, max_age: None },
            "postcode" => Self::Postcode {},
            "country" => Self::Country { allowed: Vec::new() },
            "ipaddress" => Self::IpAddress {},
            "optinurl" => Self::Url {},
            _ => Self::text(),
        }
    }
}
