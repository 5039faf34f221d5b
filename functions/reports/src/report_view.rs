//! A report as it is answered: as JSON, or as rows of a CSV file.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{
    access::Principal,
    money::Currency,
    report::{Column, Columns, Dimension, Period, Report, ReportError, Row, RowName, View},
};
use lambda::{
    Problem,
    sheet::{self, Format},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What a CSV file calls a row of what belongs to no sale; no reference can look so.
const NO_SALE: &str = "(no sale)";
/// What a CSV file calls a total.
const TOTAL: &str = "(total)";

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportView {
    /// What it has a row for.
    by: Dimension,
    /// By which time things count.
    time: View,
    /// Its first day, in the account's zone.
    #[schema(format = Date)]
    from: String,
    /// Its last day.
    #[schema(format = Date)]
    to: String,
    /// Its rows, by name and currency. Where nothing counts there is no row.
    items: Vec<RowView>,
    /// What the rows add up to, for each currency.
    totals: Vec<RowView>,
}

/// A row of a report. What it is about stands in the field that the report is by, and only there; a row by buyer or delivery
/// without it is what belongs to no sale, and a total has none of these fields.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportRow)]
struct RowView {
    #[serde(skip_serializing_if = "Option::is_none")]
    campid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<String>,
    /// As `yyyy-mm-dd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// As `yyyy-mm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<String>,
    /// The currency of its money. What is counted in leads is split by it too.
    currency: Currency,
    #[serde(flatten)]
    columns: Columns,
}

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) by: Dimension,
    pub(crate) time: View,
    pub(crate) period: Period,
}

/// The report as `viewer` may see it.
///
/// # Errors
/// 500, should a total not fit into 64 bits.
pub(crate) fn answer(report: &Report, about: About, viewer: &Principal, format: Format) -> Result<Response, Problem> {
    let (rows, totals) = (report.rows(viewer), report.totals(viewer).map_err(refused)?);
    Ok(match format {
        Format::Json => Json(ReportView::new(about, rows, totals)).into_response(),
        Format::Csv => {
            let columns = Column::seen_by(viewer);
            let header: Vec<&str> =
                [about.by.field(), "currency"].into_iter().chain(columns.iter().map(|column| column.name())).collect();
            let lines = rows.iter().chain(&totals).map(|row| cells(row, &columns));
            sheet::csv(&about.file_name(), &header, lines)
        }
    })
}

/// What a report that cannot be made is answered with.
pub(crate) fn refused(error: ReportError) -> Problem {
    match error {
        ReportError::TooManyRows => Problem::unprocessable(error.code(), error.to_string()),
        ReportError::Overflow => Problem::broken(&error),
    }
}

impl About {
    fn file_name(self) -> String {
        let Self { by, time, period } = self;
        format!("report-by-{}-{}-{}-{}", by.word(), time.word(), period.from(), period.to())
    }
}

impl ReportView {
    fn new(About { by, time, period }: About, rows: Vec<Row>, totals: Vec<Row>) -> Self {
        let shown = |rows: Vec<Row>| rows.into_iter().map(|row| RowView::new(by, row)).collect();
        let (from, to) = (period.from().to_string(), period.to().to_string());
        Self { by, time, from, to, items: shown(rows), totals: shown(totals) }
    }
}

impl RowView {
    fn new(by: Dimension, Row { name, currency, columns }: Row) -> Self {
        let name = match name {
            Some(RowName::Named(name)) => Some(name),
            Some(RowName::NoSale) | None => None,
        };
        let of = |dimension: Dimension| name.clone().filter(|_| by == dimension);
        Self {
            campid: of(Dimension::Campaign),
            sid: of(Dimension::Supplier),
            bid: of(Dimension::Buyer),
            did: of(Dimension::Delivery),
            day: of(Dimension::Day),
            month: of(Dimension::Month),
            currency,
            columns,
        }
    }
}

fn cells(row: &Row, columns: &[Column]) -> Vec<String> {
    let name = match &row.name {
        Some(RowName::Named(name)) => name,
        Some(RowName::NoSale) => NO_SALE,
        None => TOTAL,
    };
    let first = [name.to_owned(), row.currency.to_string()];
    first.into_iter().chain(columns.iter().map(|column| row.columns.cell(*column))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use domain::report::{Counts, MAX_ROWS, Only, Place};

    use super::*;

    /// What Lambda takes as one answer, in bytes, with a little for what is around it.
    const MAX_ANSWER: usize = 6 * 1024 * 1024 - 10_000;

    #[test]
    fn the_largest_report_fits_into_one_answer() {
        let day = "2026-11-05".parse().unwrap();
        let mut report = Report::new(Dimension::Campaign, Only::default());
        for number in 0..MAX_ROWS {
            let place = Place {
                campid: format!("a-campaign-with-a-rather-long-name-{number:05}").parse().unwrap(),
                sid: "s1".parse().unwrap(),
                did: None,
                bid: None,
                currency: "GBP".parse().unwrap(),
            };
            let (many, minor) = (1_234_567, 123_456_789);
            let counts = Counts {
                leads: many,
                invalid: 12_345,
                approved: 123_456,
                rejected: 12_345,
                sold: 123_456,
                returns: 1_234,
                reversed: 1_234,
                contacted: 12_345,
                not_reached: 12_345,
                converted: 12_345,
                converted_value: minor,
                revenue: minor,
                payout: minor,
            };
            report.add(day, &place, counts).unwrap();
        }
        let period = Period::new(day, day, 1).unwrap();
        let about = About { by: Dimension::Campaign, time: View::Received, period };
        let (rows, totals) = (report.rows(&Principal::Seller), report.totals(&Principal::Seller).unwrap());
        let body = serde_json::to_string(&ReportView::new(about, rows, totals)).unwrap();
        // Lambda carries it as a JSON text in JSON.
        let carried = serde_json::to_string(&body).unwrap().len();
        assert!(carried <= MAX_ANSWER, "{carried} bytes");
    }
}
