//! Postcodes as the campaign's country writes them.

use super::Refusal;
use crate::contact::Country;

/// The forms of the outward code (Royal Mail, PAF Programmers' Guide): A a letter, 9 a digit.
const GB_OUTWARD: &[&str] = &["A9", "A99", "AA9", "AA99", "A9A", "AA9A"];
/// Letters that no inward code uses, for they look like others.
const GB_INWARD_UNUSED: &str = "CIKMOV";

/// The postcode in capitals with single spaces; GB gets its one space, which does not depend on the reader.
pub(super) fn normalise(value: &str, country: Country) -> Result<String, Refusal> {
    let spaced = value.to_uppercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let (postcode, expected) = match country.as_str() {
        "GB" => (gb(&spaced), "Give a GB postcode such as SW1A 1AA."),
        "US" => (us(&spaced), "Give a US ZIP code such as 90210 or 90210-1234."),
        _ => (elsewhere(&spaced), "Give a postcode of 2 to 10 letters, digits, spaces and dashes."),
    };
    postcode.ok_or_else(|| Refusal::new("not_a_postcode", expected))
}

fn gb(spaced: &str) -> Option<String> {
    let compact: String = spaced.chars().filter(|sign| *sign != ' ').collect();
    let (outward, inward) = compact.split_at_checked(compact.len().checked_sub(3)?)?;
    let spacing_right = spaced == compact || spaced == format!("{outward} {inward}");
    let right = spacing_right
        && GB_OUTWARD.contains(&shape(outward).as_str())
        && shape(inward) == "9AA"
        && !inward.contains(|letter| GB_INWARD_UNUSED.contains(letter));
    right.then(|| format!("{outward} {inward}"))
}

fn us(spaced: &str) -> Option<String> {
    matches!(shape(spaced).as_str(), "99999" | "99999-9999").then(|| spaced.to_owned())
}

fn elsewhere(spaced: &str) -> Option<String> {
    let right = (2..=10).contains(&spaced.len())
        && spaced.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-'));
    right.then(|| spaced.to_owned())
}

fn shape(text: &str) -> String {
    let class = |sign: char| match sign {
        'A'..='Z' => 'A',
        '0'..='9' => '9',
        // Never the letter itself, so that no other sign can pose as a class.
        'a'..='z' => '?',
        _ => sign,
    };
    text.chars().map(class).collect()
}
