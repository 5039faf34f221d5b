//! The numbers that the digits left of a phone may be.

use std::collections::BTreeSet;

use super::clean::{Written, written};
use crate::contact::{Country, Phone};

/// No number has more digits, with whatever stands before it to be dialled.
const MAX_DIGITS: usize = 18;
/// Numbers that are written into one cell.
const MAX_PIECES: usize = 4;

/// What a cell with a phone comes to.
pub(super) struct Phones {
    /// Every number that it may be.
    pub(super) found: Vec<Phone>,
    /// It was one, and a spreadsheet has rounded it.
    pub(super) is_rounded: bool,
}

/// Reads a cell in which phones stand, those without a calling code as they are dialled within one of `countries`.
///
/// What a spreadsheet takes for a number has lost the zero or the `+` that it began with. Which of them it was nobody knows, so
/// each number is taken that a numbering plan has: they are looked up, and only one of them was sold to the buyer.
pub(super) fn candidates(cell: &str, countries: &[Country]) -> Phones {
    let text = match written(cell) {
        Written::Exactly(text) => text,
        Written::Rounded => return Phones { found: Vec::new(), is_rounded: true },
    };
    let number = without_words(&text);
    let mut found = within(&number, countries);
    if found.is_empty() {
        let pieces = number.split([',', ';', '/', '|']).take(MAX_PIECES);
        found = pieces.flat_map(|piece| within(piece, countries)).collect();
    }
    Phones { found: found.into_iter().collect(), is_rounded: false }
}

/// Without `tel:` before it and an extension behind it.
fn without_words(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let named = lower.split_once(':').filter(|(name, _)| name.chars().all(char::is_alphabetic));
    let number = named.map_or(lower.as_str(), |(_, number)| number);
    number.split(['x', 'e']).next().unwrap_or_default().trim().to_owned()
}

fn within(text: &str, countries: &[Country]) -> BTreeSet<Phone> {
    let mut number = text.to_owned();
    number.retain(|sign| !matches!(sign, ' ' | ',' | '/' | '\'' | '_' | '*'));
    let mut digits = number.clone();
    digits.retain(|sign| sign.is_ascii_digit());
    if !(1..=MAX_DIGITS).contains(&digits.len()) || !is_punctuated(&number) {
        return BTreeSet::new();
    }
    if let Some(digits) = after_sign(&number, &digits) {
        return international(digits);
    }
    let with_zero = (!digits.starts_with('0')).then(|| format!("0{digits}"));
    let dialled = [Some(digits.as_str()), with_zero.as_deref()];
    let national = dialled
        .into_iter()
        .flatten()
        .flat_map(|digits| countries.iter().filter_map(move |country| Phone::dialled(digits, *country)));
    national.chain(Phone::international(&digits)).collect()
}

/// The digits behind the `+` or `00` of a number that says where it is from.
fn after_sign<'a>(number: &str, digits: &'a str) -> Option<&'a str> {
    if number.trim_start_matches(['(', '[']).starts_with('+') { Some(digits) } else { digits.strip_prefix("00") }
}

/// The number as it is, or else without the zero that `+44 (0)7911 …` and `+44 07911 …` keep behind a calling code of one to three
/// digits, and that is not dialled from abroad.
fn international(digits: &str) -> BTreeSet<Phone> {
    if let Some(phone) = Phone::international(digits) {
        return BTreeSet::from([phone]);
    }
    let zeros = (1..=3).filter(|at| digits.as_bytes().get(*at) == Some(&b'0'));
    zeros.filter_map(|at| Phone::international(&format!("{}{}", &digits[..at], &digits[at + 1..]))).collect()
}

/// Whether there is nothing between the digits but what phones are written with.
fn is_punctuated(number: &str) -> bool {
    let is_sign = |sign: char| {
        sign.is_ascii_digit() || matches!(sign, '+' | '-' | '.' | '(' | ')' | '[' | ']' | '\u{2010}'..='\u{2015}')
    };
    number.chars().all(is_sign) && number.matches('+').count() <= 1
}
