//! What a filter can ask of a value.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Limit, Target, limit::parse_day};
use crate::{
    contact::Country,
    field::{Pattern, age_on},
};

/// What the value of a field must be. Texts are compared without regard to the case of their letters; references of
/// suppliers as they are, for two may differ in nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// This text.
    Equals {
        /// The text.
        value: String,
    },
    /// One of these texts.
    OneOf {
        /// The texts.
        of: Vec<String>,
    },
    /// None of these texts. The only one that lets leads without the field through.
    NotOneOf {
        /// The texts.
        of: Vec<String>,
    },
    /// A number, or a day, within these limits. Numbers are compared exactly.
    Range {
        /// The least that is let through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<Limit>,
        /// The most that is let through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Limit>,
    },
    /// A date of birth of somebody of this age, in full years, on the day of the judging.
    Age {
        /// Youngest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u8>,
        /// Oldest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u8>,
    },
    /// A postcode that starts with one of these. Letters and numbers count as a whole: `S` (Sheffield) takes `S1 2AB` but
    /// not `SW1A 1AA`, `LS1` takes `LS1 4AP` but not `LS14 2AB`. Where postcodes are nothing but digits, any beginning
    /// will do: `90` takes `90210`.
    PostcodePrefix {
        /// The beginnings, with the blank of the postcode where they go beyond it: `LS1 4`.
        of: Vec<String>,
    },
    /// One of these countries.
    Country {
        /// ISO 3166-1 alpha-2 codes.
        of: Vec<Country>,
    },
    /// A text that matches as a whole; in the case of its letters, unless the pattern begins with `(?i)`.
    Pattern {
        /// The regular expression.
        pattern: Pattern,
    },
}

impl Condition {
    /// Whether a value that is there is one of those asked for.
    pub(super) fn holds(&self, value: &str, target: Target, today: Date) -> bool {
        let same = |wanted: &String| is_same(wanted, value, target);
        match self {
            Self::Equals { value: wanted } => same(wanted),
            Self::OneOf { of } => of.iter().any(same),
            Self::NotOneOf { of } => !of.iter().any(same),
            Self::Range { min, max } => {
                min.as_ref().is_none_or(|min| min.compare(value).is_some_and(Ordering::is_le))
                    && max.as_ref().is_none_or(|max| max.compare(value).is_some_and(Ordering::is_ge))
            }
            Self::Age { min, max } => parse_day(value).is_some_and(|born| {
                let age = age_on(today, born);
                born <= today && min.is_none_or(|min| age >= min.into()) && max.is_none_or(|max| age <= max.into())
            }),
            Self::PostcodePrefix { of } => of.iter().any(|prefix| starts_with(value, prefix)),
            Self::Country { of } => value.parse().is_ok_and(|country| of.contains(&country)),
            Self::Pattern { pattern } => pattern.matches_whole(value),
        }
    }

    pub(super) fn lets_absence_through(&self) -> bool {
        match self {
            Self::NotOneOf { .. } => true,
            Self::Equals { .. }
            | Self::OneOf { .. }
            | Self::Range { .. }
            | Self::Age { .. }
            | Self::PostcodePrefix { .. }
            | Self::Country { .. }
            | Self::Pattern { .. } => false,
        }
    }
}

fn is_same(wanted: &str, value: &str, target: Target) -> bool {
    match target {
        Target::Supplier => wanted == value,
        Target::SubSupplier | Target::Source | Target::Country | Target::Field => {
            wanted.to_lowercase() == value.to_lowercase()
        }
    }
}

/// Whether a postcode begins with this, and goes on with something else than what it ended with.
fn starts_with(postcode: &str, prefix: &str) -> bool {
    let (postcode, prefix) = (spaced(postcode), spaced(prefix));
    let Some(rest) = postcode.strip_prefix(&prefix) else { return false };
    let has_letters = prefix.bytes().any(|byte| byte.is_ascii_alphabetic());
    match (prefix.chars().next_back(), rest.chars().next()) {
        (Some(last), Some(next)) if has_letters => {
            !(last.is_alphabetic() && next.is_alphabetic() || last.is_numeric() && next.is_numeric())
        }
        (_, _) => true,
    }
}

fn spaced(text: &str) -> String {
    text.to_uppercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
