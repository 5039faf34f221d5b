//! What files of returns look like once spreadsheets, exports and people have had them, and what is read from them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod columns;
mod mapping;
mod properties;
mod rows;
mod seek;

use super::{Columns, ReadRow, Reading, ReturnFileMapping, Sought};
use crate::settings::Settings;

/// A lead's id, as it is written.
const LEAD: &str = "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ";
/// A phone that is nobody's.
const PHONE: &str = "+447911123456";

fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

fn reasons() -> Vec<String> {
    Settings::default().return_reasons
}

/// A row read under these headers.
fn read_by(headers: &[&str], cells: &[&str], mapping: Option<&ReturnFileMapping>) -> ReadRow {
    let (columns, above) = Columns::find(&rows(&[headers]), mapping, &reasons()).unwrap();
    assert_eq!(above, 1);
    let about = Reading { mapping, reasons: &reasons(), countries: &["GB".parse().unwrap()] };
    columns.read(|at| cells.get(at).copied(), &about)
}

fn read(headers: &[&str], cells: &[&str]) -> ReadRow {
    read_by(headers, cells, None)
}

fn sought(row: ReadRow) -> Sought {
    match row {
        ReadRow::Sought(sought) => *sought,
        other @ (ReadRow::Ignored | ReadRow::Invalid { .. }) => panic!("{other:?}"),
    }
}

fn detail(row: ReadRow) -> String {
    match row {
        ReadRow::Invalid { detail } => detail,
        other @ (ReadRow::Ignored | ReadRow::Sought(_)) => panic!("{other:?}"),
    }
}

/// What is read of one cell under one header.
fn one(header: &str, cell: &str) -> Sought {
    sought(read(&[header], &[cell]))
}
