//! Why no row of a file is read.

use crate::NotATable;

/// Why no row of a file is read, for the one who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The word for it, which stays.
    pub code: &'static str,
    /// In a sentence, with what to do.
    pub detail: String,
}

impl Rejected {
    /// It was deleted.
    pub fn gone() -> Self {
        let detail = "The file was deleted before it was read; drop it again.".to_owned();
        Self { code: "gone", detail }
    }

    /// It has more bytes than this.
    pub fn too_large(max_bytes: u64) -> Self {
        let detail = format!("A file may have {} MB; divide it into several.", max_bytes / 1024 / 1024);
        Self { code: "too_large", detail }
    }

    /// What is called so has more lines than this.
    pub fn too_many_rows(what: &str, max_lines: u64) -> Self {
        let detail = format!("A {what} may have {max_lines} lines; divide it into several.");
        Self { code: "too_many_rows", detail }
    }
}

impl From<NotATable> for Rejected {
    fn from(not: NotATable) -> Self {
        Self { code: not.code(), detail: not.to_string() }
    }
}
