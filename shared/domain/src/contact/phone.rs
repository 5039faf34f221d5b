//! Phones in E.164, read by the numbering plan of their country and never by a guess.

use std::{fmt, str::FromStr};

use phonenumber::{Metadata, Mode, ParseError, PhoneNumber, metadata::DATABASE};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

use super::{
    ContactError, Country,
    plan::{self, Untold},
};

/// Digits of an E.164 number, with the calling code (ITU-T E.164, 6.2.1).
const E164_MAX_DIGITS: usize = 15;
/// The shortest national numbers in use, with their calling code.
const E164_MIN_DIGITS: usize = 7;

/// A phone in E.164: `+441614960000`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, pattern = r"^\+[1-9]\d{6,14}$", example = "+441614960000")]
pub struct Phone(String);

impl Phone {
    /// Reads a phone as people write it: international after `+` or `00`, otherwise as it is dialled within `country`.
    ///
    /// A national number must be complete: where the country dials a leading zero, a number without it is refused, and
    /// so is a calling code without `+`. Both are what spreadsheets leave of a phone, and completing them would be a
    /// guess.
    pub fn parse(raw: &str, country: Country) -> Result<Self, ContactError> {
        let dialled = strip_punctuation(raw)?;
        // No numbering plan has national numbers that start with 00, so the prefix means the same everywhere.
        match dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00")) {
            Some(digits) => Self::international(digits).map_or_else(|| parse_international(digits), Ok),
            None => Self::dialled(&dialled, country).map_or_else(|| parse_national(&dialled, country), Ok),
        }
    }

    /// The phone with these digits behind the `+`, of whatever country. Quicker than [`Self::parse`] to say that there is none, as it
    /// does not say why.
    pub(crate) fn international(digits: &str) -> Option<Self> {
        let told = plan::international(digits).map(|found| found.map(Self));
        told.unwrap_or_else(|Untold| parse_international(digits).ok())
    }

    /// The phone that these digits are, as they are dialled within `country`: a number of it, or one abroad behind a prefix of its own
    /// for them. As quick.
    pub(crate) fn dialled(digits: &str, country: Country) -> Option<Self> {
        let told = plan::dialled(digits, country).map(|found| found.map(Self));
        told.unwrap_or_else(|Untold| parse_national(digits, country).ok())
    }

    /// A phone of the country that is nobody's, or else the one with which its numbering plan explains itself.
    pub(crate) fn example(country: Country) -> Option<Self> {
        let nobodys = match country.as_str() {
            // Ofcom's numbers for drama use, and those of the NANPA for fiction.
            "GB" => "+442079460018",
            "US" => "+12025550123",
            _ => "",
        };
        let explained = || {
            let plan = DATABASE.by_id(country.as_str())?;
            let kinds = [plan.descriptors().mobile(), plan.descriptors().fixed_line()];
            let national = kinds.into_iter().flatten().find_map(|kind| kind.example())?;
            Self::parse(&format!("+{}{national}", plan.country_code()), country).ok()
        };
        Self::parse(nobodys, country).ok().or_else(explained)
    }

    /// The country that its number is of, as far as its numbering plan tells; where it does not, all that share its calling code. None, if
    /// nobody knows it.
    pub(crate) fn countries(&self) -> Vec<Country> {
        let Ok(number) = phonenumber::parse(None, &self.0) else { return Vec::new() };
        let plans = match number.metadata(&DATABASE) {
            Some(plan) => vec![plan],
            None => DATABASE.by_code(&number.code().value()).unwrap_or_default(),
        };
        plans.into_iter().filter_map(|plan| plan.id().parse().ok()).collect()
    }

    /// The phone as text, `+` and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = ContactError;

    /// Reads a phone that is E.164 already. Only the form is checked: a stored phone must stay readable when a newer
    /// numbering plan no longer knows its range.
    fn from_str(text: &str) -> Result<Self, ContactError> {
        let digits = text.strip_prefix('+').ok_or(ContactError::PhoneCharacters)?;
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        if all_digits && (E164_MIN_DIGITS..=E164_MAX_DIGITS).contains(&digits.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ContactError::PhoneCharacters)
        }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    /// Hidden, so that no log of a struct shows a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// Leaves `+` and digits. The `(0)` of `+44 (0)161…` is dropped: it marks the zero that is not dialled from abroad.
fn strip_punctuation(raw: &str) -> Result<String, ContactError> {
    let raw = raw.trim();
    let international = raw.starts_with('+') || raw.starts_with("00");
    let written = if international { raw.replacen("(0)", "", 1) } else { raw.to_owned() };
    let is_punctuation = |sign: char| {
        sign.is_whitespace() || matches!(sign, '-' | '.' | '(' | ')' | '[' | ']' | '\u{2010}'..='\u{2015}')
    };
    let dialled: String = written.chars().filter(|sign| !is_punctuation(*sign)).collect();
    let digits = dialled.strip_prefix('+').unwrap_or(&dialled);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ContactError::PhoneCharacters);
    }
    Ok(dialled)
}

/// Without a default country, which the parser would otherwise use for zeros that belong to the number (Italy).
pub(super) fn parse_international(digits: &str) -> Result<Phone, ContactError> {
    let plan = calling_plan(digits).ok_or(ContactError::UnknownCallingCode)?;
    let number = phonenumber::parse(None, format!("+{digits}")).map_err(|error| unparsed(&error, plan))?;
    let plan = number.metadata(&DATABASE).unwrap_or(plan);
    if !number.is_valid() {
        return Err(out_of_range(&number, plan));
    }
    let phone = number.format().to_string();
    // The parser also drops what it takes for a trunk prefix or carrier code; only the number as written is meant.
    if phone.strip_prefix('+') == Some(digits) { Ok(Phone(phone)) } else { Err(not_in_use(plan)) }
}

pub(super) fn parse_national(digits: &str, country: Country) -> Result<Phone, ContactError> {
    let plan = DATABASE.by_id(country.as_str()).ok_or(ContactError::UnknownCountry)?;
    let number = phonenumber::parse(Some(country.id()), digits).map_err(|error| unparsed(&error, plan))?;
    if !number.is_valid() {
        return Err(out_of_range(&number, plan));
    }
    let national: String =
        number.format().mode(Mode::National).to_string().chars().filter(char::is_ascii_digit).collect();
    let prefix = plan.national_prefix().unwrap_or_default();
    if digits == national || digits.strip_prefix(prefix) == Some(&national) {
        Ok(Phone(number.format().to_string()))
    } else {
        Err(ContactError::PhoneAmbiguous { country: country.to_string(), expected: expected(plan) })
    }
}

/// The numbering plan of the calling code that the digits start with; calling codes are prefix-free.
fn calling_plan(digits: &str) -> Option<&'static Metadata> {
    (1..=3).find_map(|length| {
        let code: u16 = digits.get(..length)?.parse().ok().filter(|_| !digits.starts_with('0'))?;
        DATABASE.by_code(&code)?.into_iter().next()
    })
}

fn unparsed(error: &ParseError, plan: &Metadata) -> ContactError {
    let (country, expected) = (plan.id().to_owned(), expected(plan));
    match error {
        ParseError::TooLong => ContactError::PhoneTooLong { country, expected },
        ParseError::NoNumber | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => {
            ContactError::PhoneTooShort { country, expected }
        }
        ParseError::InvalidCountryCode | ParseError::MalformedInteger(_) => ContactError::UnknownCallingCode,
    }
}

fn out_of_range(number: &PhoneNumber, plan: &Metadata) -> ContactError {
    let (country, expected) = (plan.id().to_owned(), expected(plan));
    let digits = number.national().to_string().len();
    let reachable = [plan.descriptors().fixed_line(), plan.descriptors().mobile()];
    let lengths =
        || reachable.into_iter().flatten().flat_map(|kind| kind.possible_length()).map(|length| usize::from(*length));
    if lengths().min().is_some_and(|shortest| digits < shortest) {
        ContactError::PhoneTooShort { country, expected }
    } else if lengths().max().is_some_and(|longest| digits > longest) {
        ContactError::PhoneTooLong { country, expected }
    } else {
        not_in_use(plan)
    }
}

fn not_in_use(plan: &Metadata) -> ContactError {
    ContactError::PhoneNotInUse { country: plan.id().to_owned(), expected: expected(plan) }
}

/// What a number of this plan looks like, by the plan's own example: `write it like 0121 234 5678 or +44 121 234 5678`.
fn expected(plan: &Metadata) -> String {
    let example = plan
        .descriptors()
        .fixed_line()
        .and_then(|line| line.example())
        .and_then(|national| phonenumber::parse(None, format!("+{}{national}", plan.country_code())).ok());
    match example {
        Some(example) => {
            let formatted = |mode| example.format().mode(mode).to_string();
            format!("write it like {} or {}", formatted(Mode::National), formatted(Mode::International))
        }
        None => format!("write it like +{} and the number", plan.country_code()),
    }
}
