//! Words of the seller that go into the journal, which keeps no personal data and is never changed.

use lambda::problem::FieldError;

/// Most characters of a reason.
const MAX_CHARS: usize = 100;
/// Most digits in a row: a phone has more.
const MAX_DIGITS: usize = 4;
/// Most digits with nothing but what phones are written with between them; a date has eight.
const MAX_SPACED_DIGITS: usize = 8;

/// The reason as it is kept.
///
/// # Errors
/// It has no or too many words, or may hold an e-mail address or a phone number.
pub(crate) fn reason(text: &str) -> Result<String, FieldError> {
    let reason = text.trim();
    let finding = |code, detail: &str| Err(FieldError::new("reason", code, detail));
    if reason.is_empty() || reason.chars().count() > MAX_CHARS || reason.chars().any(char::is_control) {
        return finding("length", "Say why in 1 to 100 characters on one line.");
    }
    if reason.contains('@') {
        return finding(
            "personal_data",
            "The journal is kept for good and holds no personal data: leave addresses out.",
        );
    }
    if longest_number(reason, "") > MAX_DIGITS || longest_number(reason, " -./()") > MAX_SPACED_DIGITS {
        let detail = "The journal is kept for good and holds no personal data: use at most four digits in a row.";
        return finding("personal_data", detail);
    }
    Ok(reason.to_owned())
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

    #[test]
    fn a_reason_is_a_few_words_on_one_line() {
        assert_eq!(reason("  agreed with the buyer "), Ok("agreed with the buyer".to_owned()));
        for text in ["invoice 2026", "agreed 05.11.2026", "1250.00 was 900.00", "price 12.50 (not 10.00)"] {
            assert_eq!(reason(text), Ok(text.to_owned()));
        }
        assert!(reason(&"é".repeat(100)).is_ok());
        for text in ["", "  ", "two\nlines", "a\tb", &"é".repeat(101)] {
            assert_eq!(reason(text).map_err(|error| error.code), Err("length"), "{text:?}");
        }
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
