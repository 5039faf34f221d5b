//! HTML entities, as far as they can spell something unsafe.

use std::borrow::Cow;

/// The entities that can spell something unsafe; every other one decodes to a sign that no rule looks for.
const ENTITIES: &[(&str, char)] = &[
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("amp", '&'),
    ("AMP", '&'),
    ("colon", ':'),
    ("sol", '/'),
    ("equals", '='),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("lpar", '('),
    ("excl", '!'),
    ("comma", ','),
];

/// One round of HTML entity decoding: numeric ones with or without the semicolon, as browsers read them, and
/// [`ENTITIES`].
pub(super) fn decode_entities(text: &str) -> Cow<'_, str> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        decoded.push_str(before);
        match read_entity(&entity[1..]) {
            Some((sign, length)) => {
                decoded.push(sign);
                rest = &entity[1 + length..];
            }
            None => {
                decoded.push('&');
                rest = &entity[1..];
            }
        }
    }
    if decoded.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The sign that the entity after an `&` stands for, and how many bytes it takes.
fn read_entity(after: &str) -> Option<(char, usize)> {
    let (sign, length) = match after.strip_prefix('#') {
        Some(number) => {
            let (digits, radix, skipped) = match number.strip_prefix(['x', 'X']) {
                Some(hex) => (hex, 16, 2),
                None => (number, 10, 1),
            };
            let end = digits.find(|sign: char| !sign.is_digit(radix)).unwrap_or(digits.len());
            let sign = u32::from_str_radix(&digits[..end], radix).ok().and_then(char::from_u32)?;
            (sign, skipped + end)
        }
        None => {
            let (name, sign) = ENTITIES.iter().find(|(name, _)| after.starts_with(name))?;
            (*sign, name.len())
        }
    };
    Some((sign, length + usize::from(after[length..].starts_with(';'))))
}
