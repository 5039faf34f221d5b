//! What a cell of a CSV file may hold: text that no spreadsheet takes for a formula.

use std::borrow::Cow;

/// The cell as it is written. Spreadsheets run what begins like a formula, so that gets an apostrophe before it; phones in
/// E.164 are left as they are, as nothing but digits follows their plus.
pub fn cell(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && !is_phone(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for text in ["=1+1", "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "+", "+44 20", "+44\n", "=", "+٤"] {
            assert_eq!(cell(text), format!("'{text}"), "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_left_as_it_is() {
        for text in ["", "a=1", "+442079460018", "'=1", " =1", "1-1", "a@b.example", "\n=1", "é"] {
            assert_eq!(cell(text), text, "{text:?}");
        }
    }
}
