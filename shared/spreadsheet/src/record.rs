//! One row of CSV, taken apart byte by byte; what is half there is gone on with when more has come.

use crate::{Cells, MAX_CELLS, MAX_ROW_BYTES};

const QUOTE: u8 = b'"';

/// Why a row has no cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RowFault {
    /// It is longer than [`MAX_ROW_BYTES`].
    #[error("The row is longer than {MAX_ROW_BYTES} bytes; see whether a quote is missing, or leave columns out.")]
    TooLong,
    /// It has more than [`MAX_CELLS`] cells.
    #[error("The row has more than {MAX_CELLS} cells; leave columns out.")]
    TooManyCells,
    /// A quote that is opened in it is not closed where a cell can end. Only its first line is at fault; the next begins a row.
    #[error("A quote of the row is not closed; close it, or take it out.")]
    OpenQuote,
}

/// How far the reading of a record got.
pub(crate) enum Read {
    /// The bytes end before it does.
    More,
    /// All of it, and how many bytes it has with its line end.
    Whole(usize),
    Fault(RowFault),
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote in quotes: the end of the cell, or half of a doubled one.
    QuoteInQuotes,
}

/// The record that is being read.
#[derive(Default)]
pub(crate) struct Record {
    /// How many of its bytes have been read.
    at: usize,
    state: State,
    text: Vec<u8>,
    ends: Vec<usize>,
    has_line_ends: bool,
}

impl Record {
    /// Reads on in the bytes from the record's first one on; the same ones as before, and maybe more.
    pub(crate) fn read(&mut self, bytes: &[u8], separator: u8, is_all: bool) -> Read {
        let limit = bytes.len().min(MAX_ROW_BYTES + 1);
        while self.at < limit {
            let rest = &bytes[self.at..limit];
            match (self.state, rest[0]) {
                (State::CellStart, QUOTE) => self.step(State::Quoted),
                (State::Quoted, _) => self.quoted(rest),
                (State::QuoteInQuotes, QUOTE) => {
                    self.text.push(QUOTE);
                    self.step(State::Quoted);
                }
                (State::QuoteInQuotes, byte) if !is_end(byte, separator) => {
                    // A cell over several lines that goes on behind its quotes: they are those of two rows.
                    if self.has_line_ends && byte != b' ' {
                        return Read::Fault(RowFault::OpenQuote);
                    }
                    self.state = State::Plain;
                }
                (State::CellStart | State::Plain | State::QuoteInQuotes, _) => {
                    let cell = rest.iter().position(|byte| is_end(*byte, separator)).unwrap_or(rest.len());
                    self.text.extend_from_slice(&rest[..cell]);
                    self.at += cell;
                    self.state = State::Plain;
                    let Some(end) = rest.get(cell) else { continue };
                    if *end != separator {
                        let Some(length) = with_line_end(bytes, self.at, is_all) else { return Read::More };
                        return self.ended(length);
                    }
                    if !self.end_cell() {
                        return Read::Fault(RowFault::TooManyCells);
                    }
                    self.step(State::CellStart);
                }
            }
        }
        self.at_the_end(is_all)
    }

    /// What it is when its bytes end, or there are too many of them.
    fn at_the_end(&mut self, is_all: bool) -> Read {
        if self.at > MAX_ROW_BYTES {
            return Read::Fault(if self.has_line_ends { RowFault::OpenQuote } else { RowFault::TooLong });
        }
        match self.state {
            _ if !is_all || self.at == 0 => Read::More,
            State::Quoted => Read::Fault(RowFault::OpenQuote),
            State::CellStart | State::Plain | State::QuoteInQuotes => self.ended(self.at),
        }
    }

    fn step(&mut self, state: State) {
        self.state = state;
        self.at += 1;
    }

    /// Takes what is in the quotes, up to the next one.
    fn quoted(&mut self, rest: &[u8]) {
        let quote = rest.iter().position(|byte| *byte == QUOTE);
        let inside = &rest[..quote.unwrap_or(rest.len())];
        self.has_line_ends |= inside.iter().any(|byte| is_line_end(*byte));
        self.text.extend_from_slice(inside);
        self.at += inside.len();
        if quote.is_some() {
            self.step(State::QuoteInQuotes);
        }
    }

    fn ended(&mut self, length: usize) -> Read {
        if self.end_cell() { Read::Whole(length) } else { Read::Fault(RowFault::TooManyCells) }
    }

    /// Ends a cell; false: it is one too many. Sheets in which somebody once coloured a row have thousands of empty ones.
    fn end_cell(&mut self) -> bool {
        if self.ends.len() < MAX_CELLS {
            self.ends.push(self.text.len());
            return true;
        }
        self.ends.last() == Some(&self.text.len())
    }

    /// Its cells, and an empty record in its place. The next one will be about as long.
    pub(crate) fn take(&mut self) -> Cells {
        let next = Self {
            text: Vec::with_capacity(self.text.len()),
            ends: Vec::with_capacity(self.ends.len()),
            ..Self::default()
        };
        let Self { text, ends, .. } = std::mem::replace(self, next);
        Cells::decoded(text, ends)
    }
}

fn is_end(byte: u8, separator: u8) -> bool {
    byte == separator || is_line_end(byte)
}

pub(crate) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The length with the line end that begins there; none: whether a line feed follows the return is not known yet.
pub(crate) fn with_line_end(bytes: &[u8], at: usize, is_all: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !is_all => None,
        _ => Some(at + 1),
    }
}
