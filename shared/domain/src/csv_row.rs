//! What a row of a CSV file may hold: text that no spreadsheet takes for a formula, whatever it takes for a separator.

use std::borrow::Cow;

/// What a spreadsheet may take for the end of a cell or row, as programs differ in what they split at.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];
/// What a formula begins with; East Asian spreadsheets take the wide signs as well.
const BEGINNINGS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The cell as it is written. Spreadsheets run what begins like a formula, so that gets an apostrophe before it, also behind
/// what one of them may split at. Plain numbers, and phones in E.164, are left as they are, as nothing but digits follows
/// their sign.
fn cell(text: &str) -> Cow<'_, str> {
    let blank_first = text.starts_with(['\t', '\r']);
    if !blank_first && !parts(text).any(is_formula) {
        return Cow::Borrowed(text);
    }
    let first = if blank_first { "'" } else { "" };
    let safe = |part| if is_formula(part) { format!("'{part}") } else { part.to_owned() };
    Cow::Owned(parts(text).map(safe).fold(first.to_owned(), |written, part| written + &part))
}

/// The row as RFC 4180 writes it, with its line end; what a spreadsheet would run is text. What would be several cells to a
/// reader that splits at something else than commas is in quotes, too.
pub fn line(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let written: Vec<String> = cells.into_iter().map(|text| quoted(cell(text.as_ref())).into_owned()).collect();
    match written.as_slice() {
        // An empty line would be no row.
        [only] if only.is_empty() => "\"\"\r\n".to_owned(),
        cells => cells.join(",") + "\r\n",
    }
}

fn quoted(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.contains(SEPARATORS) || cell.contains([',', '"']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        cell
    }
}

/// What the text falls into, each part with the separator that ends it.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(SEPARATORS)
}

fn is_formula(part: &str) -> bool {
    // To a reader that splits before it, a quote is where a cell begins.
    let in_quotes = part.trim_start().starts_with('"') && part.trim_start_matches(['"', ' ']).starts_with(BEGINNINGS);
    in_quotes || part.starts_with(BEGINNINGS) && !is_phone_or_number(part.strip_suffix(';').unwrap_or(part))
}

/// `+44…`, `-5` or `-12.50`.
fn is_phone_or_number(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| text.split('.').count() <= 2 && text.split('.').all(is_digits);
    text.strip_prefix('+').is_some_and(is_digits) || text.strip_prefix('-').is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for text in [
            "=1+1", "+1+1", "-1+1", "@SUM(A1)", "+", "-", "-.5", "-1.", "-1.2.3", "+1.5", "+44 20", "+44\n", "-1\n",
            "=", "+٤", "-٤", "＝1+1", "＋1", "－1", "＠A1",
        ] {
            assert_eq!(cell(text), format!("'{text}"), "{text:?}");
        }
    }

    #[test]
    fn no_part_of_a_cell_is_run_by_a_spreadsheet_that_splits_it() {
        for (text, written) in [
            ("x;=1+1", "x;'=1+1"),
            ("x\t＝1+1", "x\t'＝1+1"),
            ("x;;-1a;+1a", "x;;'-1a;'+1a"),
            ("=1;@2", "'=1;'@2"),
            ("a\r\n=1", "a\r\n'=1"),
            ("\n=1", "\n'=1"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("x;\"=1+1;", "x;'\"=1+1;"),
            ("x\n\"\" =1+1;y", "x\n'\"\" =1+1;y"),
            ("x; \"-1\"", "x;' \"-1\""),
            ("\"@A1\"", "'\"@A1\""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_left_as_it_is() {
        for text in [
            "",
            "a=1",
            "+442079460018",
            "'=1",
            " =1",
            "1-1",
            "a@b.example",
            "é",
            "a;b",
            "-5",
            "-12.50",
            "-1;-2.5",
            "+4420;+4930;x",
            "1＋1",
            "a\r\nb",
            "say \"=1\"",
            "x;\"a\"",
        ] {
            assert_eq!(cell(text), text, "{text:?}");
        }
    }

    #[test]
    fn cells_that_some_reader_would_split_are_in_quotes() {
        for (cells, written) in [
            (&["a", "b c", ""][..], "a,b c,\r\n"),
            (&["a,b", "say \"x\"", "a\r\nb"], "\"a,b\",\"say \"\"x\"\"\",\"a\r\nb\"\r\n"),
            (&["x;=1+1", "x\t1"], "\"x;'=1+1\",\"x\t1\"\r\n"),
            (&["+442079460018", "=1", "-12.50"], "+442079460018,'=1,-12.50\r\n"),
            (&[""], "\"\"\r\n"),
        ] {
            assert_eq!(line(cells.iter().copied()), written);
        }
    }
}
