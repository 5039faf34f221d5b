//! How a person is reached: e-mail addresses and phones in the one form that duplicates and deliveries are judged on.

mod country;
mod phone;
mod plan;

use std::{fmt, str::FromStr};

use email_address::{EmailAddress, Options};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

pub use country::Country;
pub use phone::Phone;

/// The longest address that SMTP can carry in a path (RFC 5321, 4.5.3.1.3, less the angle brackets).
const EMAIL_MAX_CHARS: usize = 254;

/// Why a value is no e-mail address, phone or country. The sentences never repeat the value: it is personal data, and
/// they reach logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Not the syntax of an e-mail address.
    #[error(
        "An e-mail address looks like name@example.com: one @, a dot after it, at most {EMAIL_MAX_CHARS} characters."
    )]
    NotAnEmail,
    /// A character that no way of writing a phone uses.
    #[error("A phone has only digits, spaces, dots, dashes and brackets, after an optional + or 00.")]
    PhoneCharacters,
    /// The calling code after `+` or `00` is given to no country.
    #[error("The number starts with + or 00, but no country has the calling code that follows.")]
    UnknownCallingCode,
    /// Fewer digits than any number of the country.
    #[error("The number is too short for {country}: {expected}.")]
    PhoneTooShort {
        /// The country whose rules were applied.
        country: String,
        /// What a number of that country looks like.
        expected: String,
    },
    /// More digits than any number of the country.
    #[error("The number is too long for {country}: {expected}.")]
    PhoneTooLong {
        /// The country whose rules were applied.
        country: String,
        /// What a number of that country looks like.
        expected: String,
    },
    /// The right length, but in no range that the country has given out.
    #[error("The number is in no number range of {country}: {expected}.")]
    PhoneNotInUse {
        /// The country whose rules were applied.
        country: String,
        /// What a number of that country looks like.
        expected: String,
    },
    /// The digits could be a number with its leading zero or its `+` lost; which one it was would be a guess.
    #[error("The number is not written as it is dialled within {country}: {expected}.")]
    PhoneAmbiguous {
        /// The campaign's country.
        country: String,
        /// What a number of that country looks like.
        expected: String,
    },
    /// Not a country of ISO 3166-1 with phone numbers.
    #[error("A country is an ISO 3166-1 code of two letters, such as GB or US.")]
    UnknownCountry,
}

impl ContactError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnEmail => "not_an_email",
            Self::PhoneCharacters | Self::UnknownCallingCode | Self::PhoneNotInUse { .. } => "not_a_phone",
            Self::PhoneTooShort { .. } => "phone_too_short",
            Self::PhoneTooLong { .. } => "phone_too_long",
            Self::PhoneAmbiguous { .. } => "phone_ambiguous",
            Self::UnknownCountry => "not_a_country",
        }
    }
}

/// An e-mail address, trimmed and in lower case.
///
/// By RFC 5321 the part before the @ may differ by case, but no provider in use lets it, and duplicates are judged on
/// this value: `Jo@Example.com` and `jo@example.com` are one person. Only ASCII letters are folded; other scripts are
/// kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, format = Email, example = "jo@example.com")]
pub struct Email(String);

impl Email {
    /// Reads an address; blanks around it are dropped.
    pub fn parse(raw: &str) -> Result<Self, ContactError> {
        let address = raw.trim().to_ascii_lowercase();
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        if address.chars().count() > EMAIL_MAX_CHARS || EmailAddress::parse_with_options(&address, options).is_err() {
            return Err(ContactError::NotAnEmail);
        }
        Ok(Self(address))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = ContactError;

    fn from_str(raw: &str) -> Result<Self, ContactError> {
        Self::parse(raw)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    /// Hidden, so that no log of a struct shows a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests;
