#![doc = include_str!("../README.md")]

mod batches;
mod blocks;
mod cells;
mod dialect;
mod look;
mod not_a_table;
mod record;
mod rejected;
mod rows;
mod sniff;
mod xlsx;

pub use batches::Batches;
pub use blocks::{BLOCK_BYTES, Blocks, Stored, workbook_text};
pub use cells::Cells;
pub use dialect::{Dialect, Encoding, Separator};
pub use look::{Seen, look};
pub use not_a_table::NotATable;
pub use record::RowFault;
pub use rejected::Rejected;
pub use rows::{Position, Row, Rows};
pub use sniff::{Kind, SAMPLE_BYTES, sniff};
pub use xlsx::{MAX_XLSX_BYTES, xlsx_to_csv};

/// The longest that a row may be, in bytes without its line end; those of UTF-16 files are counted as UTF-8.
pub const MAX_ROW_BYTES: usize = 64 * 1024;
/// The most cells that a row may have; empty ones behind the last do not count.
pub const MAX_CELLS: usize = 256;
