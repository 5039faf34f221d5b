//! Cells as people meant them, before spreadsheets, exports and copying.

use std::{borrow::Cow, cmp::Ordering};

use super::header::fold;
use crate::{contact::Email, id::LeadId};

/// Most characters of what a buyer calls a lead; more is no name.
const MAX_REFERENCE_CHARS: usize = 200;
/// E-mail addresses that are taken from one cell.
const MAX_EMAILS: usize = 4;
/// A spreadsheet keeps this many digits of a number, and writes zeros for the rest.
const KEPT_DIGITS: usize = 15;
/// Marks that are peeled off one within the other.
const MAX_LAYERS: usize = 6;
/// What stands in cells that say nothing.
const PLACEHOLDERS: [&str; 8] = ["na", "nan", "null", "nil", "none", "undefined", "empty", "blank"];
/// The letters of the longest of them.
const MAX_PLACEHOLDER: usize = 9;
/// What a spreadsheet writes, after a `#`, where it cannot calculate.
const ERRORS: [&str; 5] = ["ref", "value", "name", "num", "div0"];

/// The cell without blanks around it, marks that nobody sees, and what makes a spreadsheet take it for text: quotes, `="…"` and
/// an apostrophe before it.
pub(super) fn clean(cell: &str) -> String {
    let seen = seen(cell);
    let mut text = seen.trim();
    for _ in 0..MAX_LAYERS {
        let peeled = peel(text);
        if peeled.len() == text.len() {
            break;
        }
        text = peeled;
    }
    text.to_owned()
}

/// The text as it is seen. Most are as they are.
pub(super) fn seen(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.bytes().all(is_plain) { Cow::Borrowed(text) } else { text.chars().filter_map(visible).collect() }
}

/// The character as it is seen: all blanks are one, and what takes no place is none.
fn visible(sign: char) -> Option<char> {
    match sign {
        '\u{ad}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => None,
        _ if sign.is_whitespace() || sign.is_control() => Some(' '),
        _ => Some(sign),
    }
}

/// The text without one layer of what is around it.
fn peel(text: &str) -> &str {
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return text;
    }
    let inner = |first: &str, last: &str| {
        let inner = text.strip_prefix(first)?.strip_suffix(last)?;
        Some(inner.trim())
    };
    let quotes = [("=\"", "\""), ("\"", "\""), ("'", "'"), ("“", "”"), ("‘", "’"), ("«", "»")];
    if let Some(peeled) = quotes.iter().find_map(|(first, last)| inner(first, last)) {
        return peeled;
    }
    let is_number = |rest: &str| rest.trim_start_matches('+').starts_with(|first: char| first.is_ascii_digit());
    match text.strip_prefix('=') {
        Some(formula) if is_number(formula) => formula,
        _ => text.strip_prefix(['\'', '’', '`', '´']).map_or(text, str::trim_start),
    }
}

/// What a cell says, if it says something.
pub(super) fn filled(cell: &str) -> Option<String> {
    let text = clean(cell);
    if text.bytes().filter(u8::is_ascii_alphanumeric).count() > MAX_PLACEHOLDER {
        return Some(text);
    }
    // `#N/A`, `(blank)`, `-` and the like.
    let says_nothing = match fold(&text).as_str() {
        "" => true,
        folded if text.starts_with('#') && ERRORS.contains(&folded) => true,
        folded => PLACEHOLDERS.contains(&folded),
    };
    (!says_nothing).then_some(text)
}

/// The id of a lead, whatever its case and with or without what stands before the ULID.
pub(super) fn lead_id(text: &str) -> Option<LeadId> {
    if let Ok(id) = text.parse() {
        return Some(id);
    }
    let lower = text.to_ascii_lowercase();
    let signs = [' ', '_', '-', ':', '#', '.', '='];
    let unnamed = |text: &str, name: &str| {
        let text = text.trim_start_matches(signs);
        text.strip_prefix(name).unwrap_or(text).trim_start_matches(signs).to_owned()
    };
    // No ULID begins with the letters of either word.
    let ulid = unnamed(&unnamed(&lower, "lead"), "id");
    format!("lead_{}", ulid.to_ascii_uppercase()).parse().ok()
}

/// The e-mail addresses of a cell: alone, as `Name <address>`, or several with commas, semicolons or blanks between them.
pub(super) fn emails(text: &str) -> Vec<Email> {
    let mut found = Vec::new();
    if !text.contains('@') {
        return found;
    }
    for email in text.split([',', ';', '|']).flat_map(addresses) {
        if found.len() < MAX_EMAILS && !found.contains(&email) {
            found.push(email);
        }
    }
    found
}

/// Between blanks each part must be one: the end of `ann smith@example.com` may well be somebody else's.
fn addresses(text: &str) -> Vec<Email> {
    let within = text.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(text, |(address, _)| address);
    let parts: Option<Vec<Email>> = within.split_whitespace().map(email).collect();
    parts.unwrap_or_default()
}

fn email(text: &str) -> Option<Email> {
    let lower = text.trim_matches(['"', '\'', '.', '(', ')', '[', ']']).to_ascii_lowercase();
    Email::parse(lower.strip_prefix("mailto:").unwrap_or(&lower)).ok()
}

/// What a cell with a number or a name in it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// This text.
    Exactly(String),
    /// Nobody can tell any more: a spreadsheet has rounded the number.
    Rounded,
}

/// The text with a number that a spreadsheet or a program took for a quantity written out again.
pub(super) fn written(text: &str) -> Written {
    let unscaled = text.split_once(['e', 'E']).and_then(|(mantissa, exponent)| scientific(mantissa, exponent));
    unscaled.unwrap_or_else(|| match without_zero_decimals(text) {
        whole if is_cut(whole) => Written::Rounded,
        whole => Written::Exactly(whole.to_owned()),
    })
}

/// More digits than a spreadsheet keeps, and zeros for the rest. No number begins with a zero, so what does is text.
fn is_cut(text: &str) -> bool {
    text.len() > KEPT_DIGITS
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().skip(KEPT_DIGITS).all(|byte| byte == b'0')
}

/// `4.47911123456` and `+11`. A decimal less than the exponent asks for may be a zero, or may have been rounded off.
fn scientific(mantissa: &str, exponent: &str) -> Option<Written> {
    let (whole, decimals) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // A name may well have an E among its digits; only with a sign or decimals it is a number.
    if whole.len() != 1 || !digits(whole) || !digits(decimals) || (decimals.is_empty() && !exponent.starts_with('+')) {
        return None;
    }
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let exponent: usize = Some(exponent).filter(|text| !text.is_empty() && digits(text))?.parse().ok()?;
    match decimals.len().cmp(&exponent) {
        Ordering::Less => Some(Written::Rounded),
        Ordering::Equal => Some(Written::Exactly(format!("{whole}{decimals}"))),
        Ordering::Greater => None,
    }
}

/// `447911123456.0` is what programs write that take every number for a fraction.
fn without_zero_decimals(text: &str) -> &str {
    let whole = [".0", ".00", ",0", ",00"].iter().find_map(|decimals| text.strip_suffix(decimals));
    let is_whole =
        |whole: &&str| !whole.is_empty() && whole.trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit());
    whole.filter(is_whole).unwrap_or(text)
}

/// What a buyer calls a lead.
pub(super) fn reference(text: &str) -> Written {
    match written(text) {
        Written::Exactly(text) if text.chars().count() > MAX_REFERENCE_CHARS => Written::Exactly(String::new()),
        read @ (Written::Exactly(_) | Written::Rounded) => read,
    }
}
