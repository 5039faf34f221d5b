//! The cells of one row, in one piece of text.

use std::{borrow::Cow, fmt};

use encoding_rs::WINDOWS_1252;

/// What is left out of cells: bytes that no program shows.
const UNSEEN: [char; 2] = ['\0', '\u{feff}'];

/// The cells of one row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cells {
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<usize>,
}

impl Cells {
    /// The cells of a text that has each of them end where `ends` says. UTF-8 if all of them are, else Windows-1252.
    pub(crate) fn decoded(text: Vec<u8>, ends: Vec<usize>) -> Self {
        match String::from_utf8(text) {
            // Two cells that are no UTF-8 may be when they are put together.
            Ok(text) if text.is_ascii() || ends.iter().all(|end| text.is_char_boundary(*end)) => {
                Self { text, ends }.without_unseen()
            }
            Ok(text) => windows_1252(text.as_bytes(), &ends),
            Err(error) => windows_1252(error.as_bytes(), &ends),
        }
    }

    fn without_unseen(self) -> Self {
        // The byte that the mark begins with: one look at each byte tells that there is nothing to do.
        let is_suspect = self.text.bytes().any(|byte| byte == 0 || byte == 0xef);
        if is_suspect && self.text.contains(UNSEEN) {
            return self.iter().map(|cell| cell.replace(UNSEEN, "")).collect();
        }
        self
    }

    /// The cell at an index from 0; nothing behind the last.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(start..end)
    }

    /// The cells in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none: only a row at fault has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether nothing can be seen in any of them.
    pub(crate) fn are_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The cells of a text in Windows-1252, in which every byte is a character.
fn windows_1252(text: &[u8], ends: &[usize]) -> Cells {
    let starts = [0].into_iter().chain(ends.iter().copied());
    let spans = starts.zip(ends).map(|(start, end)| text.get(start..*end).unwrap_or_default());
    let decoded = spans.map(|span| WINDOWS_1252.decode_without_bom_handling(span).0);
    decoded.collect::<Cells>().without_unseen()
}

impl<'a> FromIterator<&'a str> for Cells {
    fn from_iter<I: IntoIterator<Item = &'a str>>(cells: I) -> Self {
        cells.into_iter().map(Cow::Borrowed).collect()
    }
}

impl FromIterator<String> for Cells {
    fn from_iter<I: IntoIterator<Item = String>>(cells: I) -> Self {
        cells.into_iter().map(Cow::<str>::Owned).collect()
    }
}

impl<'a> FromIterator<Cow<'a, str>> for Cells {
    fn from_iter<I: IntoIterator<Item = Cow<'a, str>>>(cells: I) -> Self {
        let mut row = Self::default();
        for cell in cells {
            row.text.push_str(&cell);
            row.ends.push(row.text.len());
        }
        row
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
