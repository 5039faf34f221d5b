//! Rows as CSV (RFC 4180), a page at a time.

use domain::csv_row::line;
use sha2::{Digest, Sha256};
use store::{Cells, WrittenFile};

/// A sheet that is written page by page. Of pages that were handed out it remembers their sum alone.
pub(super) struct Sheet<'a> {
    columns: &'a [String],
    hash: Sha256,
    rows: u64,
    bytes: u64,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(columns: &'a [String]) -> Self {
        Self { columns, hash: Sha256::new(), rows: 0, bytes: 0 }
    }

    /// The next rows, on the first page below the header. Columns that a row lacks are empty.
    pub(super) fn page(&mut self, rows: &[Cells]) -> Vec<u8> {
        let mut page = String::new();
        if self.rows == 0 && !rows.is_empty() {
            page += &line(self.columns);
        }
        for cells in rows {
            page += &line(self.columns.iter().map(|name| cells.get(name).map_or("", String::as_str)));
        }
        let page = page.into_bytes();
        self.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.bytes += u64::try_from(page.len()).unwrap_or(u64::MAX);
        self.hash.update(&page);
        page
    }

    /// What was handed out, all in all.
    pub(super) fn sum(self) -> WrittenFile {
        WrittenFile { rows: self.rows, bytes: self.bytes, sha256: hex::encode(self.hash.finalize()) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Cells {
        cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_none_is_a_formula() {
        let columns = ["E-mail".to_owned(), "Note, \"free\"".to_owned(), "=1".to_owned()];
        let mut sheet = Sheet::new(&columns);
        let first = row(&[("E-mail", "ann@example.com"), ("Note, \"free\"", "a\r\nb"), ("=1", "+442079460018")]);
        let second = row(&[("E-mail", "=HYPERLINK(\"x\")"), ("gone", "not shown")]);
        let page = sheet.page(&[first, second]);
        let wanted = "E-mail,\"Note, \"\"free\"\"\",'=1\r\n\
                      ann@example.com,\"a\r\nb\",+442079460018\r\n\
                      \"'=HYPERLINK(\"\"x\"\")\",,\r\n";
        assert_eq!(String::from_utf8(page).unwrap(), wanted);
    }

    #[test]
    fn what_is_read_back_is_what_was_in_the_cells() {
        let columns = ["a".to_owned(), "b;".to_owned()];
        let texts = ["", "x;y", "a\tb", "\"", "a,b\r\nc", "＝1", "x;=1+1", "é\n"];
        let rows: Vec<Cells> = texts.iter().map(|text| row(&[("a", text), ("b;", text)])).collect();
        let page = Sheet::new(&columns).page(&rows);
        let mut reader = csv::ReaderBuilder::new().from_reader(page.as_slice());
        assert_eq!(reader.headers().unwrap(), &csv::StringRecord::from(vec!["a", "b;"]));
        let read: Vec<String> = reader.records().map(|record| record.unwrap()[1].to_owned()).collect();
        assert_eq!(read, ["", "x;y", "a\tb", "\"", "a,b\r\nc", "'＝1", "x;'=1+1", "é\n"]);
    }

    #[test]
    fn pages_make_the_same_file_however_they_are_cut() {
        let columns = ["a".to_owned()];
        let rows: Vec<Cells> = ["1", "", "3"].map(|value| row(&[("a", value)])).into();
        let mut whole = Sheet::new(&columns);
        let at_once = whole.page(&rows);
        let mut cut = Sheet::new(&columns);
        let mut pages = cut.page(&[]);
        for one in &rows {
            pages.extend(cut.page(std::slice::from_ref(one)));
        }
        assert_eq!(pages, at_once);
        let sum = whole.sum();
        assert_eq!((sum.rows, sum.bytes), (3, u64::try_from(at_once.len()).unwrap()));
        assert_eq!((&sum, sum.sha256.len()), (&cut.sum(), 64));
    }
}
