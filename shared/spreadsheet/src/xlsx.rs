//! XLSX as CSV.

mod cell;
mod hidden;
mod sheet;

use std::{
    io::{Cursor, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{Reader, SheetType, SheetVisible, Xlsx};
use zip::{ZipArchive, read::ZipFile};

use self::hidden::HiddenRows;
use crate::NotATable;

/// The largest workbook that is read, in bytes.
pub const MAX_XLSX_BYTES: u64 = 10 * 1024 * 1024;
/// The most CSV that is made of one, in bytes.
const MAX_CSV_BYTES: usize = 64 * 1024 * 1024;
/// The most that all parts of one may be when they are unpacked, in bytes: sheets shrink to about a tenth.
const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;
/// The most that the texts that cells share may be, in bytes: they are the one part that is held in memory.
const MAX_SHARED_BYTES: u64 = 32 * 1024 * 1024;
/// The most parts: workbooks have some dozens.
const MAX_PARTS: usize = 5_000;

/// The sheet of a workbook that can be seen and has cells, as CSV in the [default dialect](crate::Dialect). Its rows have the
/// numbers that they have in the sheet. Dates are `2026-11-05` or `2026-11-05T13:45:00`. Numbers have all their digits, as far as
/// there are at most 15: of longer ones Excel has kept no more, so they are `1.2345678901234E+18`.
///
/// # Errors
/// `too_large` above 10 MB or if it unpacks to much more, `empty` without cells, `several_sheets` with cells in more than one sheet
/// that can be seen, `hidden_rows` with cells in rows that cannot, else `broken_xlsx`.
pub fn xlsx_to_csv(bytes: Vec<u8>) -> Result<Vec<u8>, NotATable> {
    if bytes.len() as u64 > MAX_XLSX_BYTES {
        return Err(NotATable::TooLarge);
    }
    measure(&bytes)?;
    // Anybody's bytes: where the parser of them has a hole, the file is broken and not this process.
    catch_unwind(AssertUnwindSafe(|| only_sheet(bytes))).unwrap_or(Err(NotATable::BrokenXlsx))
}

/// Unpacks all parts once and throws them away, as what they say of their size may be a lie. On the way it is seen whether rows
/// are hidden, as those who read cells do not say.
fn measure(bytes: &[u8]) -> Result<(), NotATable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NotATable::BrokenXlsx)?;
    if archive.len() > MAX_PARTS {
        return Err(NotATable::TooLarge);
    }
    let (mut left, mut hidden) = (MAX_UNPACKED_BYTES, HiddenRows::default());
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| NotATable::BrokenXlsx)?;
        let name = part.name().map_err(|_| NotATable::BrokenXlsx)?.to_ascii_lowercase();
        left -= match name.ends_with("sharedstrings.xml") {
            true => measure_shared(part, left.min(MAX_SHARED_BYTES))?,
            false => unpacked(part, left, &mut hidden)?,
        };
        hidden.end_part();
    }
    if hidden.has_cells() { Err(NotATable::HiddenRows) } else { Ok(()) }
}

/// Unpacks a part, and says how much it is.
fn unpacked(part: ZipFile<'_, impl Read>, most: u64, to: &mut impl Write) -> Result<u64, NotATable> {
    if part.size() > most {
        return Err(NotATable::TooLarge);
    }
    let length = std::io::copy(&mut part.take(most + 1), to).map_err(|_| NotATable::BrokenXlsx)?;
    if length > most { Err(NotATable::TooLarge) } else { Ok(length) }
}

/// The texts that cells share say how many they are, and room for all of those is made before the first is read. They are at
/// most as many as there are bytes.
fn measure_shared(part: ZipFile<'_, impl Read>, most: u64) -> Result<u64, NotATable> {
    const COUNT: &[u8] = b"uniqueCount";
    let mut text = Vec::new();
    let length = unpacked(part, most, &mut text)?;
    let counts = text.windows(COUNT.len()).enumerate().filter(|(_, window)| *window == COUNT);
    let promises_more = counts.map(|(at, _)| number_in(&text[at + COUNT.len()..])).any(|count| count > length);
    // A zero byte: UTF-16, in which the count would not have been seen. No program writes that.
    if promises_more || text.contains(&0) { Err(NotATable::BrokenXlsx) } else { Ok(length) }
}

/// The number behind `=` and a quote.
fn number_in(text: &[u8]) -> u64 {
    let before =
        text.iter().take_while(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'' | b'+'));
    let digits = text[before.count()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

fn only_sheet(bytes: Vec<u8>) -> Result<Vec<u8>, NotATable> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| NotATable::BrokenXlsx)?;
    let sheets = workbook.sheets_metadata().iter();
    let seen = sheets.filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet);
    let names: Vec<String> = seen.map(|sheet| sheet.name.clone()).collect();
    let mut csv = Vec::new();
    for name in names {
        let cells = workbook.worksheet_cells_reader(&name).map_err(|_| NotATable::BrokenXlsx)?;
        if csv.is_empty() {
            csv = sheet::written(cells)?;
        } else if sheet::has_cells(cells)? {
            return Err(NotATable::SeveralSheets);
        }
    }
    if csv.is_empty() { Err(NotATable::Empty) } else { Ok(csv) }
}

#[cfg(test)]
mod tests;
