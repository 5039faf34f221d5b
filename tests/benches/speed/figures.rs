//! Figures of a series of measurements, in whole numbers.

use comfy_table::{Table, presets::ASCII_MARKDOWN};

/// Measurements of one thing, smallest first.
pub(crate) struct Series(Vec<u64>);

impl Series {
    pub(crate) fn new(measured: impl IntoIterator<Item = u64>) -> Self {
        let mut measured: Vec<u64> = measured.into_iter().collect();
        measured.sort_unstable();
        assert!(!measured.is_empty(), "something was measured");
        Self(measured)
    }

    pub(crate) fn median(&self) -> u64 {
        self.0[self.0.len() / 2]
    }

    /// Smallest, median and largest, in thousandths shown as units: µs as ms.
    pub(crate) fn in_thousands(&self) -> String {
        let all = [self.0[0], self.median(), self.0[self.0.len() - 1]];
        all.map(thousandths).join(" / ")
    }

    /// Smallest, median and largest.
    pub(crate) fn as_counted(&self) -> String {
        format!("{} / {} / {}", self.0[0], self.median(), self.0[self.0.len() - 1])
    }
}

/// `12_345` as `12.35`.
pub(crate) fn thousandths(value: u64) -> String {
    let hundredths = (value + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// How often `other` goes into `value`.
pub(crate) fn ratio(value: u64, other: u64) -> String {
    thousandths(value * 1000 / other.max(1))
}

/// An empty table with these columns.
pub(crate) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(columns);
    table
}
