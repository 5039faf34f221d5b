//! Words that people write: on one line, and those that the journal keeps without data of a person.

use crate::setup::Invalid;

/// The longest reason that is kept, in characters; buyers have been seen to answer whole pages.
pub const MAX_REASON: usize = 200;
/// Most characters of a reason in the journal.
const MAX_JOURNAL_REASON: usize = 100;
/// Shows all that follows from right to left, so that it reads as something else. Other marks of direction come with phones that
/// are copied from address books, and with right-to-left scripts.
pub(crate) const TURNS_ROUND: char = '\u{202e}';
/// Most digits in a row: a phone has more.
const MAX_DIGITS: usize = 4;
/// Most digits with nothing but what phones are written with between them; a date has eight.
const MAX_SPACED_DIGITS: usize = 8;

/// A reason that is found, not written for us: a buyer may answer a page, and a filter may list many values. What is kept is
/// its beginning.
pub(crate) fn bounded(reason: &str) -> String {
    reason.chars().take(MAX_REASON).collect()
}

/// What somebody writes in a field for a few words, as it is kept: without blanks around it.
///
/// # Errors
/// `length`, also where it is more than one line.
pub fn one_line(field: &str, text: &str, max_chars: usize) -> Result<String, Invalid> {
    let words = text.trim();
    if (1..=max_chars).contains(&words.chars().count()) && !words.chars().any(breaks_line) {
        return Ok(words.to_owned());
    }
    Err(Invalid::new(field, "length", format!("Use 1 to {max_chars} characters on one line.")))
}

/// A text as one line of at most so many characters: what breaks a line becomes a blank. A header ends where its line does, so nothing in
/// it may end one.
pub fn shortened_line(text: &str, max_chars: usize) -> String {
    let is_blank = |sign: char| sign.is_whitespace() || sign.is_control();
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(max_chars).collect()
}

/// Whether a character has no place on one line: control characters, the separators of lines and paragraphs that Unicode has
/// besides them, and what turns the text round.
pub(crate) fn breaks_line(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}' | TURNS_ROUND)
}

/// Why the seller moves money, as the journal keeps it: for good, so without personal data.
///
/// # Errors
/// `length`; `personal_data`, where it may hold an e-mail address or a phone number.
pub fn journal_reason(field: &str, text: &str) -> Result<String, Invalid> {
    let reason = one_line(field, text, MAX_JOURNAL_REASON)?;
    let personal = |instead: &str| {
        let detail = format!("The journal is kept for good and holds no personal data: {instead}.");
        Err(Invalid::new(field, "personal_data", detail))
    };
    if reason.contains('@') {
        return personal("leave addresses out");
    }
    if longest_number(&reason, "") > MAX_DIGITS || longest_number(&reason, " -./()") > MAX_SPACED_DIGITS {
        return personal("use at most four digits in a row");
    }
    Ok(reason)
}

/// The most digits in a row; what is in `between` does not end a row.
fn longest_number(text: &str, between: &str) -> usize {
    let (mut longest, mut row) = (0, 0);
    for letter in text.chars() {
        if letter.is_numeric() {
            row += 1;
        } else if !between.contains(letter) {
            row = 0;
        }
        longest = longest.max(row);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Result<String, Invalid> {
        journal_reason("reason", text)
    }

    #[test]
    fn a_reason_is_a_few_words_on_one_line() {
        assert_eq!(reason("  agreed with the buyer "), Ok("agreed with the buyer".to_owned()));
        for text in ["invoice 2026", "agreed 05.11.2026", "1250.00 was 900.00", "price 12.50 (not 10.00)"] {
            assert_eq!(reason(text), Ok(text.to_owned()));
        }
        assert!(reason(&"é".repeat(100)).is_ok());
        for text in ["", "  ", "two\nlines", "two\u{2028}lines", "a\tb", "a\u{202e}b", &"é".repeat(101)] {
            assert_eq!(reason(text).map_err(|error| error.code), Err("length"), "{text:?}");
        }
    }

    #[test]
    fn a_subject_is_one_line_whatever_a_lead_brings() {
        let evil = "New lead\r\nBcc: all@example.com\u{2028}x\u{85}y\u{0}z\u{b} ";
        assert_eq!(shortened_line(evil, 200), "New lead Bcc: all@example.com x y z");
        assert_eq!(shortened_line(&"é ".repeat(500), 200).chars().count(), 200);
    }

    #[test]
    fn a_reason_holds_no_address_and_no_phone() {
        for text in
            ["ann@example.com asked", "call 07700900123", "call 020 7946 0018", "12345", "٠١٢٣٤", "(01)23-45/678"]
        {
            assert_eq!(reason(text).map_err(|error| error.code), Err("personal_data"), "{text:?}");
        }
    }
}
