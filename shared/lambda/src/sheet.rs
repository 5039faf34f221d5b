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
    /// The one of both that `Accept` likes better, or names first; JSON without either.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let named = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let known = named.flat_map(|value| value.split(',')).filter_map(|kind| {
            let kind = kind.to_ascii_lowercase();
            let mut parts = kind.split(';').map(str::trim);
            let format = match parts.next()? {
                "text/csv" => Self::Csv,
                "application/json" => Self::Json,
                _ => return None,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            Some((format, weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or_default())))
        });
        let best =
            known.filter(|(_, weight)| *weight > 0.0).reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::Json, |(format, _)| format)
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
