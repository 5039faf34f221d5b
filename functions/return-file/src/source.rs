//! The bytes of a file, block by block: of the object, or of the text that a workbook comes to.

use spreadsheet::{MAX_XLSX_BYTES, NotATable, xlsx_to_csv};
use store::{Error, ReturnFile};

use crate::{
    App,
    inspect::{Rejected, gone},
};

/// Bytes that are asked for at once. Each block is a request of its own: a connection that waits while rows are written would be
/// cut off.
const BLOCK: u64 = 4 * 1024 * 1024;
/// Bytes of a text that are handed out at once.
const TEXT_BLOCK: usize = 64 * 1024;

/// The bytes of a file, from some byte on.
pub(crate) enum Source<'a> {
    /// Of the object.
    Object {
        file: &'a ReturnFile,
        next: u64,
        /// No more is there.
        is_over: bool,
        /// The object itself is not there.
        is_gone: bool,
    },
    /// Of a text.
    Text { text: Vec<u8>, next: usize },
}

impl<'a> Source<'a> {
    pub(crate) fn object(file: &'a ReturnFile, from: u64) -> Self {
        Self::Object { file, next: from, is_over: false, is_gone: false }
    }

    pub(crate) fn text(text: Vec<u8>, from: u64) -> Self {
        let next = usize::try_from(from).unwrap_or(usize::MAX).min(text.len());
        Self::Text { text, next }
    }

    /// The next block; none: that was all.
    pub(crate) async fn next(&mut self, app: &App) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Text { text, next } => {
                let block = text[*next..].iter().take(TEXT_BLOCK).copied().collect::<Vec<u8>>();
                *next += block.len();
                Ok(Some(block).filter(|block| !block.is_empty()))
            }
            Self::Object { is_over: true, .. } => Ok(None),
            Self::Object { file, next, is_over, is_gone } => {
                let (path, version) = (file.path.as_str(), file.object_version.as_deref());
                let Some(block) = app.return_bucket.read_upload(path, version, *next, BLOCK).await? else {
                    (*is_over, *is_gone) = (true, true);
                    return Ok(None);
                };
                *next += block.len() as u64;
                *is_over = (block.len() as u64) < BLOCK;
                Ok(Some(block).filter(|block| !block.is_empty()))
            }
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Object { is_gone: true, .. })
    }
}

/// The text that a whole workbook comes to.
pub(crate) async fn workbook_text(app: &App, file: &ReturnFile) -> Result<Result<Vec<u8>, Rejected>, Error> {
    let mut source = Source::object(file, 0);
    let mut bytes = Vec::new();
    while let Some(block) = source.next(app).await? {
        bytes.extend(block);
        if bytes.len() as u64 > MAX_XLSX_BYTES {
            return Ok(Err(NotATable::TooLarge.into()));
        }
    }
    if source.is_gone() {
        return Ok(Err(gone()));
    }
    Ok(xlsx_to_csv(bytes).map_err(Rejected::from))
}
