//! How a CSV file is written down.

use serde::{Deserialize, Serialize};

/// How a CSV file is written down. The default is what [`xlsx_to_csv`](crate::xlsx_to_csv) writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// What its bytes mean.
    pub encoding: Encoding,
    /// What stands between its cells.
    pub separator: Separator,
    /// Bytes before the first row: a byte order mark, a `sep=;` line.
    pub start: u64,
}

impl Dialect {
    /// Lines before the first row: only a `sep=;` line is longer than a byte order mark.
    pub(crate) fn lines_before(&self) -> u64 {
        u64::from(self.start > 3)
    }
}

/// What the bytes of a file mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8; a row that is not is read as Windows-1252.
    #[default]
    Utf8,
    /// UTF-16, the low byte first: Excel's "Unicode text".
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
}

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    /// `,`
    #[default]
    Comma,
    /// `;`, where the comma is in the numbers
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Separator {
    /// All of them, the one that is the least likely to stand in a cell first.
    pub(crate) const ALL: [Self; 4] = [Self::Tab, Self::Semicolon, Self::Pipe, Self::Comma];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|separator| separator.byte() == byte)
    }
}
