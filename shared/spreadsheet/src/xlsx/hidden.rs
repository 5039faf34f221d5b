//! Rows of a sheet that nobody sees.

use std::io::{Result, Write};

/// No tag of a row or a cell is longer.
const MAX_TAG_BYTES: usize = 1024;

/// Parts of a workbook are written here, and it says whether there are cells in hidden rows.
#[derive(Default)]
pub(super) struct HiddenRows {
    /// The tag that is being read, from behind its `<`.
    tag: Vec<u8>,
    is_in_tag: bool,
    is_in_hidden_row: bool,
    has_cells: bool,
}

impl HiddenRows {
    pub(super) fn has_cells(&self) -> bool {
        self.has_cells
    }

    pub(super) fn end_part(&mut self) {
        *self = Self { has_cells: self.has_cells, ..Self::default() };
    }

    /// A cell has something in it if a value or a text stands there.
    fn end_tag(&mut self) {
        let tag = self.tag.as_slice();
        let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').filter(|end| *end > 0);
        let (name, attributes) = tag.split_at(end.unwrap_or(tag.len()));
        // Some programs put the name of the namespace before each.
        match name.rsplit(|byte| *byte == b':').next().unwrap_or_default() {
            b"row" => self.is_in_hidden_row = is_hidden(attributes),
            b"v" | b"t" if self.is_in_hidden_row && !attributes.ends_with(b"/") => self.has_cells = true,
            _ => {}
        }
    }
}

fn is_hidden(attributes: &[u8]) -> bool {
    let says = |text: &[u8]| attributes.windows(text.len()).any(|window| window == text);
    [&br#"hidden="1""#[..], br#"hidden="true""#, b"hidden='1'", b"hidden='true'"].into_iter().any(says)
}

impl Write for HiddenRows {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        for byte in bytes {
            match byte {
                b'<' => {
                    self.tag.clear();
                    self.is_in_tag = true;
                }
                b'>' if self.is_in_tag => {
                    self.end_tag();
                    self.is_in_tag = false;
                }
                byte if self.is_in_tag && self.tag.len() < MAX_TAG_BYTES => self.tag.push(*byte),
                _ => {}
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
