//! Answers as CSV (RFC 4180).

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use csv::{Terminator, WriterBuilder};
use domain::csv_row::cell;
use lambda::Problem;

/// A file called `name`, without its ending, with this header and these rows. What a spreadsheet would take for a formula
/// is made harmless; numbers stay numbers.
///
/// # Errors
/// 500, should the rows be of different lengths.
pub(crate) fn csv<C: AsRef<str>>(
    name: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>,
) -> Result<Response, Problem> {
    let text = written(columns, rows).map_err(|error| Problem::broken(&error))?;
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned());
    let file = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\""));
    Ok(([kind, file], text).into_response())
}

fn written<C: AsRef<str>>(
    columns: &[&str],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>,
) -> Result<Vec<u8>, csv::Error> {
    let mut text = Vec::new();
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(&mut text);
    writer.write_record(columns)?;
    for row in rows {
        for text in row {
            let text = text.as_ref();
            writer.write_field(if is_number(text) { text.into() } else { cell(text) }.as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(text)
}

/// A plain decimal number, which may be below zero.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.split_once('.').map_or_else(|| is_digits(digits), |(whole, part)| is_digits(whole) && is_digits(part))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_numbers_are_numbers() {
        let rows = [["=1+1", "-12.50", "a,\"b\""], ["-1+1", "-5", ""], ["@x", "-.5", "12.50"]];
        let text = String::from_utf8(written(&["one", "two", "three"], rows).unwrap()).unwrap();
        assert_eq!(text, "one,two,three\r\n'=1+1,-12.50,\"a,\"\"b\"\"\"\r\n'-1+1,-5,\r\n'@x,'-.5,12.50\r\n");
    }

    #[test]
    fn rows_of_another_length_are_no_table() {
        assert!(written(&["one", "two"], [["1"]]).is_err());
    }
}
