//! What identifies a lead: its id, a person's address or number, or the beginning of any word.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use super::fold::{Folded, squashed};
use crate::{
    contact::{Country, Email, Phone},
    field::FieldName,
    id::LeadId,
    lead::read_phone,
};

/// More characters than anybody looks for.
const MAX_CHARS: usize = 200;
/// Fewer digits are the beginning of a number rather than one.
const MIN_PHONE_DIGITS: usize = 7;

/// Something by which a lead is looked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sought {
    /// Its id.
    Lead(LeadId),
    /// The whole e-mail address, normalised.
    Email(String),
    /// A phone number: each that the text may be.
    Phone(BTreeSet<Phone>),
    /// What a value, or a word of it, begins with, folded.
    Words(String),
}

impl fmt::Debug for Sought {
    /// Hidden, so that no log of a struct shows a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lead(id) => write!(f, "Lead({id})"),
            Self::Email(_) => f.write_str("Email(…)"),
            Self::Phone(_) => f.write_str("Phone(…)"),
            Self::Words(_) => f.write_str("Words(…)"),
        }
    }
}

/// Nothing can be looked for by this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableSought {
    /// It has no letter and no digit.
    #[error("Name at least one letter or digit of what you look for; signs and blanks are not compared.")]
    Empty,
    /// It is too long.
    #[error("Use at most {MAX_CHARS} characters; the beginning of what you look for is enough.")]
    TooLong,
}

impl UnreadableSought {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "nothing_to_look_for",
            Self::TooLong => "too_long",
        }
    }
}

impl Sought {
    /// What a text means that may be in any field. Phones without a calling code are read as they are dialled within each of
    /// `countries`; what is no whole phone, or one that has lost its zero or its `+`, is a word.
    ///
    /// # Errors
    /// When nothing is left of it to look for, or it is too long.
    pub fn anywhere(text: &str, countries: &[Country]) -> Result<Self, UnreadableSought> {
        let text = text.trim();
        let exact = lead(text).or_else(|| email(text)).or_else(|| phone(text, countries));
        exact.map_or_else(|| words(text), Ok)
    }

    /// What it means in this field: only where ids, addresses or phones are, one is meant. `lead_id` and `source` are read like fields.
    ///
    /// # Errors
    /// As for [`Sought::anywhere`].
    pub fn in_field(name: &FieldName, text: &str, countries: &[Country]) -> Result<Self, UnreadableSought> {
        let text = text.trim();
        let exact = match name.as_str() {
            "lead_id" => lead(text),
            "email" => email(text),
            "phone1" | "phone2" | "phone3" => phone(text, countries),
            _ => None,
        };
        exact.map_or_else(|| words(text), Ok)
    }

    /// Whether a value of a lead is it; phones of the lead are dialled within `country`.
    pub(super) fn is(&self, value: &str, country: Country) -> bool {
        match self {
            Self::Lead(id) => value.parse() == Ok(*id),
            Self::Email(email) => Email::parse(value).is_ok_and(|own| own.as_str() == email),
            Self::Phone(phones) => read_phone(value, country).is_some_and(|own| phones.contains(&own)),
            Self::Words(words) => Folded::new(value).has_word(words),
        }
    }
}

fn lead(text: &str) -> Option<Sought> {
    text.parse().ok().map(Sought::Lead)
}

fn email(text: &str) -> Option<Sought> {
    Email::parse(text).ok().map(|email| Sought::Email(email.to_string()))
}

fn phone(text: &str, countries: &[Country]) -> Option<Sought> {
    if text.bytes().filter(u8::is_ascii_digit).count() < MIN_PHONE_DIGITS {
        return None;
    }
    // What says where it is from means the same in every country, and needs none to be known.
    let says_where = text.starts_with('+') || text.starts_with("00");
    let any: Option<Country> = if says_where { "GB".parse().ok() } else { None };
    let within = any.iter().chain(countries.iter().filter(|_| !says_where));
    let read: BTreeSet<Phone> = within.filter_map(|country| Phone::parse(text, *country).ok()).collect();
    (!read.is_empty()).then_some(Sought::Phone(read))
}

fn words(text: &str) -> Result<Sought, UnreadableSought> {
    if text.chars().count() > MAX_CHARS {
        return Err(UnreadableSought::TooLong);
    }
    match squashed(text) {
        empty if empty.is_empty() => Err(UnreadableSought::Empty),
        words => Ok(Sought::Words(words)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    fn countries(codes: &[&str]) -> Vec<Country> {
        codes.iter().map(|code| code.parse().unwrap()).collect()
    }

    fn anywhere(text: &str) -> Sought {
        Sought::anywhere(text, &countries(&["GB", "US"])).unwrap()
    }

    fn phones(numbers: &[&str]) -> Sought {
        Sought::Phone(numbers.iter().map(|number| number.parse().unwrap()).collect())
    }

    fn word(text: &str) -> Sought {
        Sought::Words(text.to_owned())
    }

    #[test]
    fn a_text_is_the_most_exact_thing_that_it_can_be() {
        let id = "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ";
        assert_eq!(anywhere(&format!(" {id} ")), Sought::Lead(id.parse().unwrap()));
        assert_eq!(anywhere("Jo@Example.com"), Sought::Email("jo@example.com".to_owned()));
        assert_eq!(anywhere("020 7946 0018"), phones(&["+442079460018"]));
        assert_eq!(anywhere("(202) 555-0123"), phones(&["+12025550123"]));
        assert_eq!(anywhere("High St."), word("highst"));
        assert_eq!(anywhere("jo@exam"), word("joexam"));
        assert_eq!(anywhere("lead_01JCX"), word("lead01jcx"));
    }

    #[test]
    fn a_phone_that_says_where_it_is_from_needs_no_country() {
        for text in ["+44 20 7946 0018", "0044 (0)20-7946.0018", "+44 (0) 20 7946 0018", "+442079460018"] {
            assert_eq!(Sought::anywhere(text, &[]), Ok(phones(&["+442079460018"])), "{text}");
        }
        assert_eq!(Sought::anywhere("020 7946 0018", &[]), Ok(word("02079460018")));
    }

    #[test]
    fn a_number_is_every_phone_that_it_can_be_and_a_part_of_one_is_a_word() {
        let both = Sought::anywhere("021 427 1234", &countries(&["IE", "ZA", "GB"]));
        assert_eq!(both, Ok(phones(&["+353214271234", "+27214271234"])));
        for (text, squashed) in [
            ("0207 946", "0207946"),
            ("+44 20 79", "442079"),
            ("7946 0018", "79460018"),
            ("12345678901234567890", "12345678901234567890"),
        ] {
            assert_eq!(anywhere(text), word(squashed), "{text}");
        }
    }

    #[test]
    fn only_in_their_own_fields_are_ids_addresses_and_phones_meant() {
        let read = |name: &str, text| Sought::in_field(&name.parse().unwrap(), text, &countries(&["GB"])).unwrap();
        let (id, phone) = ("lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ", "020 7946 0018");
        assert_eq!(read("lead_id", id), Sought::Lead(id.parse().unwrap()));
        assert_eq!(read("email", "jo@example.com"), Sought::Email("jo@example.com".to_owned()));
        for name in ["phone1", "phone2", "phone3"] {
            assert_eq!(read(name, phone), phones(&["+442079460018"]));
        }
        assert_eq!(read("account", phone), word("02079460018"));
        assert_eq!(read("c1", "jo@example.com"), word("joexamplecom"));
        assert_eq!(read("source", id), word("lead01jcxv5a8m3q4r5s6t7v8w9xyz"));
    }

    #[test]
    fn what_leaves_nothing_to_look_for_says_what_to_do() {
        let error = Sought::anywhere(" -- ", &[]).unwrap_err();
        assert_eq!((error.code(), &error), ("nothing_to_look_for", &UnreadableSought::Empty));
        assert!(error.to_string().starts_with("Name at least one letter"), "{error}");
        assert_eq!(Sought::anywhere(&"a".repeat(201), &[]), Err(UnreadableSought::TooLong));
        assert_eq!(Sought::anywhere(&"a".repeat(200), &[]), Ok(word(&"a".repeat(200))));
    }
}
