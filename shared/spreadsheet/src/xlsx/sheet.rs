//! The cells of one sheet, row by row.

use std::io::{Read, Seek};

use calamine::XlsxCellReader;

use super::{MAX_CSV_BYTES, cell};
use crate::{MAX_CELLS, MAX_ROW_BYTES, NotATable};

/// The most columns that a sheet has, as Excel counts them.
const MAX_COLUMNS: u32 = 16_384;
/// The most rows.
const MAX_ROWS: u32 = 1_048_576;

/// The sheet as CSV; empty if nothing is in it.
pub(super) fn written<R: Read + Seek>(mut cells: XlsxCellReader<'_, R>) -> Result<Vec<u8>, NotATable> {
    let mut csv = Csv::default();
    while let Some(found) = cells.next_cell().map_err(|_| NotATable::BrokenXlsx)? {
        let text = cell::text(found.get_value());
        if !text.is_empty() {
            let (row, column) = found.get_position();
            csv.put(row, column, &text)?;
        }
    }
    csv.end_row();
    Ok(csv.text)
}

/// Whether something is in it.
pub(super) fn has_cells<R: Read + Seek>(mut cells: XlsxCellReader<'_, R>) -> Result<bool, NotATable> {
    while let Some(found) = cells.next_cell().map_err(|_| NotATable::BrokenXlsx)? {
        if !cell::text(found.get_value()).is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// CSV that cells are put into, from the left to the right and from the top to the bottom.
#[derive(Default)]
struct Csv {
    text: Vec<u8>,
    row: u32,
    /// Where that begins.
    start: usize,
    /// The first column of it that is free.
    column: u32,
}

impl Csv {
    fn put(&mut self, row: u32, column: u32, cell: &str) -> Result<(), NotATable> {
        if row >= MAX_ROWS || column >= MAX_COLUMNS || (row, column) < (self.row, self.column) {
            return Err(NotATable::BrokenXlsx);
        }
        if row > self.row {
            self.end_row();
            self.text.extend(std::iter::repeat_n(b'\n', (row - self.row) as usize));
            (self.row, self.start, self.column) = (row, self.text.len(), 0);
        }
        // What follows the last cell has the separator that the last one did not need.
        let separators = if self.column == 0 { column } else { column + 1 - self.column };
        self.text.extend(std::iter::repeat_n(b',', separators as usize));
        self.column = column + 1;
        self.write(cell);
        if self.text.len() > MAX_CSV_BYTES { Err(NotATable::TooLarge) } else { Ok(()) }
    }

    fn write(&mut self, cell: &str) {
        if !cell.contains([',', '"', '\r', '\n']) {
            return self.text.extend_from_slice(cell.as_bytes());
        }
        self.text.push(b'"');
        for (index, part) in cell.split('"').enumerate() {
            self.text.extend_from_slice(if index == 0 { b"" } else { b"\"\"" });
            self.text.extend_from_slice(part.as_bytes());
        }
        self.text.push(b'"');
    }

    /// A row that no reader takes is put on one line, so that it costs one row and those below keep their numbers.
    fn end_row(&mut self) {
        let row = &mut self.text[self.start..];
        if row.len() > MAX_ROW_BYTES || self.column as usize > MAX_CELLS {
            row.iter_mut().filter(|byte| matches!(byte, b'\r' | b'\n')).for_each(|byte| *byte = b' ');
        }
    }
}
