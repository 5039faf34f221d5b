//! Answers as CSV (RFC 4180), for those who ask for it.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::csv_row::line;

/// How an answer is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`
    Json,
    /// `text/csv`
    Csv,
}

impl Format {
    /// The first of both that `Accept` names; JSON without either.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let named = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let kinds =
            named.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or_default().trim());
        let mut known = kinds.filter_map(|kind| match kind.to_ascii_lowercase().as_str() {
            "text/csv" => Some(Self::Csv),
            "application/json" => Some(Self::Json),
            _ => None,
        });
        known.next().unwrap_or(Self::Json)
    }
}

/// A file called `name`, without its ending, with this header and these rows. What a spreadsheet would take for a formula
/// is made harmless; numbers stay numbers.
pub fn csv<C: AsRef<str>>(
    name: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>,
) -> Response {
    let text = rows.into_iter().fold(line(columns), |text, row| text + &line(row));
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned());
    let file = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\""));
    ([kind, file], text).into_response()
}
