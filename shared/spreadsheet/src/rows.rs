//! Rows of CSV from bytes that come in pieces.

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

use crate::{
    Cells, Dialect, Encoding, RowFault,
    record::{Read, Record, is_line_end, with_line_end},
};

/// A place between two rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Bytes of the file before it.
    pub byte: u64,
    /// Rows before it, as [`Row::number`] counts them.
    pub row: u64,
}

/// A row that has something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1 as Excel counts: empty lines and a `sep=` line count, and cells with line ends are in one row.
    pub number: u64,
    /// As they stand in the file, without what cannot be seen; none if the row is at fault.
    pub cells: Cells,
    /// Where the next row begins.
    pub end: Position,
    /// Why it has no cells.
    pub fault: Option<RowFault>,
}

/// Reads the rows of a CSV file: [`push`](Self::push) a piece of its bytes, then take [`next_row`](Self::next_row) until there
/// is none, and so on. It keeps what was pushed and not taken, and no more than [`MAX_ROW_BYTES`](crate::MAX_ROW_BYTES) else.
pub struct Rows {
    /// Makes UTF-8 of UTF-16.
    decoder: Option<Decoder>,
    separator: u8,
    /// Bytes that are still before the first row.
    skip: u64,
    /// What has been pushed, as far as it is needed.
    text: Vec<u8>,
    /// Where the record that is being read begins in it.
    start: usize,
    record: Record,
    /// Of the line that is being passed over.
    fault: Option<RowFault>,
    position: Position,
    is_all: bool,
}

impl Rows {
    /// Reads on from a position: the default, or a [`Row::end`]. The first byte to push is the one at it. What is before the
    /// first row may be pushed or left out.
    pub fn new(dialect: &Dialect, from: Position) -> Self {
        let skip = dialect.start.saturating_sub(from.byte);
        let row = if from.byte <= dialect.start { dialect.lines_before() } else { from.row };
        Self {
            decoder: match dialect.encoding {
                Encoding::Utf8 => None,
                Encoding::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
                Encoding::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            },
            separator: dialect.separator.byte(),
            skip,
            text: Vec::new(),
            start: 0,
            record: Record::default(),
            fault: None,
            position: Position { byte: from.byte + skip, row },
            is_all: false,
        }
    }

    /// Takes the next bytes of the file, however many.
    pub fn push(&mut self, bytes: &[u8]) {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= skipped as u64;
        let bytes = &bytes[skipped..];
        self.text.drain(..self.start);
        self.start = 0;
        let Some(decoder) = &mut self.decoder else { return self.text.extend_from_slice(bytes) };
        let before = self.text.len();
        // None: longer than memory is.
        let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or_default();
        self.text.resize(before + room, 0);
        // What is half a character at the end of the file is not asked for, so it is left out.
        let (_, _, written, _) = decoder.decode_to_utf8(bytes, &mut self.text[before..], false);
        self.text.truncate(before + written);
    }

    /// Says that there are no more bytes: what is left is the last row.
    pub fn finish(&mut self) {
        self.is_all = true;
    }

    /// The next row that has something in it. None: push more; once finished, that was all.
    pub fn next_row(&mut self) -> Option<Row> {
        loop {
            if let Some(fault) = self.fault {
                return self.pass_line(fault);
            }
            match self.record.read(&self.text[self.start..], self.separator, self.is_all) {
                Read::More => return None,
                Read::Fault(fault) => {
                    self.record = Record::default();
                    self.fault = Some(fault);
                }
                Read::Whole(length) => {
                    self.advance(length);
                    self.position.row += 1;
                    let cells = self.record.take();
                    if !cells.are_blank() {
                        return Some(self.row(cells, None));
                    }
                }
            }
        }
    }

    /// Passes over the line that a record at fault begins with; it may be longer than what has been pushed.
    fn pass_line(&mut self, fault: RowFault) -> Option<Row> {
        let rest = &self.text[self.start..];
        let line = rest.iter().position(|byte| is_line_end(*byte)).unwrap_or(rest.len());
        let end = if line < rest.len() { with_line_end(rest, line, self.is_all) } else { self.is_all.then_some(line) };
        self.advance(end.unwrap_or(line));
        end?;
        self.fault = None;
        self.position.row += 1;
        Some(self.row(Cells::default(), Some(fault)))
    }

    fn row(&self, cells: Cells, fault: Option<RowFault>) -> Row {
        Row { number: self.position.row, cells, end: self.position, fault }
    }

    fn advance(&mut self, length: usize) {
        let text = &self.text[self.start..self.start + length];
        let bytes = if self.decoder.is_some() { 2 * utf16_units(text) } else { length };
        self.position.byte += bytes as u64;
        self.start += length;
    }
}

/// How many units of UTF-16 a text has: one for each character, and two for one that takes four bytes in UTF-8.
fn utf16_units(utf8: &[u8]) -> usize {
    utf8.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
