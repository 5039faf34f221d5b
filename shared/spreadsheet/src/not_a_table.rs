//! Why a file is no table, and what its sender can do about it.

/// Why a file is no table. What it says is for the one who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotATable {
    /// It has no rows.
    #[error("the file is empty; send one that has a row of names and at least one row below it")]
    Empty,
    /// It is no text.
    #[error("the file is not text; save it as CSV or XLSX and send that")]
    Binary,
    /// It is a picture.
    #[error("the file is a picture; send the table that it shows as CSV or XLSX")]
    Image,
    /// It is a PDF.
    #[error("the file is a PDF; send the table that it was made from as CSV or XLSX")]
    Pdf,
    /// It is a workbook of the time before XLSX.
    #[error("the file is of an old version of Excel; open it and save it as XLSX or CSV")]
    OldExcel,
    /// It is a workbook that only opens with a password.
    #[error("the file is protected by a password; save it without one, as XLSX or CSV")]
    Protected,
    /// It is an archive.
    #[error("the file is an archive; unpack it and send the CSV or XLSX files in it")]
    Zip,
    /// It is the document of another program: a letter, slides, or a table that is not Excel's.
    #[error(
        "the file is a document of another program than Excel; open it in the program that made it, and save it as CSV or XLSX"
    )]
    OtherDocument,
    /// It is a page or a document that shows a table; Excel opens those whatever they are called.
    #[error("the file is an HTML or XML document; open it in Excel and save it as CSV or XLSX")]
    Markup,
    /// It has no line end where a row must have ended.
    #[error("the file has no lines; save it as CSV or XLSX, with one row on each line")]
    OneLine,
    /// It is larger than what is read.
    #[error("the file is too large; save it as CSV, or send it in parts")]
    TooLarge,
    /// It is a workbook with cells in more than one sheet that can be seen: nobody says which is meant.
    #[error("the workbook has several sheets; send one sheet per file, and delete the others")]
    SeveralSheets,
    /// It is a workbook with rows that nobody sees, as under a filter: nobody says whether they are meant.
    #[error(
        "some rows are hidden, by a filter, by hand, or in a hidden sheet; delete them, or show them, and send the file again"
    )]
    HiddenRows,
    /// It is XLSX that cannot be read.
    #[error("the XLSX file is broken; open it in Excel and save it again as XLSX or CSV")]
    BrokenXlsx,
}

impl NotATable {
    /// The word for it, which stays.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Binary => "binary",
            Self::Image => "image",
            Self::Pdf => "pdf",
            Self::OldExcel => "old_excel",
            Self::Protected => "protected",
            Self::Zip => "zip",
            Self::OtherDocument => "other_document",
            Self::Markup => "markup",
            Self::OneLine => "one_line",
            Self::TooLarge => "too_large",
            Self::SeveralSheets => "several_sheets",
            Self::HiddenRows => "hidden_rows",
            Self::BrokenXlsx => "broken_xlsx",
        }
    }
}
