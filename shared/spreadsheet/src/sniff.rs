//! What a file is, by its beginning.

mod separator;
mod signature;

use encoding_rs::{UTF_16BE, UTF_16LE};

use crate::{Dialect, Encoding, NotATable, Position, Row, Rows, Separator, record::is_line_end};

/// How much of a file [`sniff`] wants to see, in bytes.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows of text.
    Csv(Dialect),
    /// A workbook; [`xlsx_to_csv`](crate::xlsx_to_csv) makes CSV of it in the default dialect.
    Xlsx,
}

/// What a file is by its first [`SAMPLE_BYTES`], or by all of it.
///
/// # Errors
/// It is no table, or none that is read here.
pub fn sniff(sample: &[u8], is_whole: bool) -> Result<Kind, NotATable> {
    if signature::is_xlsx(sample)? {
        return Ok(Kind::Xlsx);
    }
    let (encoding, mark) = encoding_of(sample);
    let text = as_utf8(&sample[mark..], encoding);
    if text.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) && (is_whole || sample.is_empty()) {
        return Err(NotATable::Empty);
    }
    if is_binary(&text) {
        return Err(NotATable::Binary);
    }
    if !is_whole && !text.iter().any(|byte| is_line_end(*byte)) {
        return Err(NotATable::OneLine);
    }
    let (named, before) = sep_line(&text);
    // Only ASCII is in that line.
    let width = if encoding == Encoding::Utf8 { 1 } else { 2 };
    let start = (mark + before * width) as u64;
    let separator = named.unwrap_or_else(|| separator::of(&text[before..], is_whole));
    Ok(Kind::Csv(Dialect { encoding, separator, start }))
}

/// What the bytes mean, and how many there are of a mark that says so.
fn encoding_of(sample: &[u8]) -> (Encoding, usize) {
    match sample {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, 2),
        _ => (without_mark(sample), 0),
    }
}

/// Latin text, and all separators and line ends, have one byte of zero in each unit of UTF-16, and it is always the same one.
fn without_mark(sample: &[u8]) -> Encoding {
    let (units, _) = sample.as_chunks::<2>();
    let zeros = |byte: usize| units.iter().filter(|unit| unit[byte] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    // One in five: names of other scripts, with separators between them.
    if second * 5 > units.len() && first * 50 < units.len() {
        Encoding::Utf16Le
    } else if first * 5 > units.len() && second * 50 < units.len() {
        Encoding::Utf16Be
    } else {
        Encoding::Utf8
    }
}

fn as_utf8(text: &[u8], encoding: Encoding) -> Vec<u8> {
    let utf16 = match encoding {
        Encoding::Utf8 => return text.to_vec(),
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
    };
    utf16.decode_without_bom_handling(text).0.into_owned().into_bytes()
}

/// One control character in fifty, and more than stray ones: no text has that many.
fn is_binary(text: &[u8]) -> bool {
    let controls = text.iter().filter(|byte| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n')).count();
    controls > 8 && controls * 50 > text.len()
}

/// What a line `sep=;` at the very beginning says, which Excel obeys, and its length in bytes with its line end.
fn sep_line(text: &[u8]) -> (Option<Separator>, usize) {
    let Some(length) = text.iter().take(16).position(|byte| is_line_end(*byte)) else { return (None, 0) };
    let line = &text[..length];
    let bare = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match bare {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] => {
            let is_pair = text[length..].starts_with(b"\r\n");
            (Separator::from_byte(*separator), length + if is_pair { 2 } else { 1 })
        }
        _ => (None, 0),
    }
}

/// The first rows of a text with some separator between its cells.
fn first_rows(text: &[u8], is_whole: bool, separator: Separator, most: usize) -> Vec<Row> {
    let mut rows = Rows::new(&Dialect { separator, ..Dialect::default() }, Position::default());
    rows.push(text);
    if is_whole {
        rows.finish();
    }
    std::iter::from_fn(|| rows.next_row()).take(most).collect()
}

#[cfg(test)]
mod tests;
