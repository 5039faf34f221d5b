//! The bytes of a file, block by block: of what is stored somewhere, or of the text that a workbook comes to.

use std::sync::Arc;

use crate::{MAX_XLSX_BYTES, NotATable, Rejected, xlsx_to_csv};

/// Bytes that are asked for at once. Each block is a request of its own: a connection that waits while rows are worked on would be
/// cut off.
pub const BLOCK_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of a text that are handed out at once.
const TEXT_BLOCK: usize = 64 * 1024;

/// Where a file is stored.
pub trait Stored {
    /// Why it cannot be read now.
    type Error;

    /// Up to so many bytes of it, from one on: fewer are its last, and there may be none. None: it is gone.
    fn block(&self, from: u64, bytes: u64) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send;
}

/// The bytes of a file, from some byte on.
pub struct Blocks<S>(Of<S>);

enum Of<S> {
    Stored {
        file: S,
        next: u64,
        /// No more is there.
        is_over: bool,
        /// The file itself is not there.
        is_gone: bool,
    },
    Text {
        text: Arc<[u8]>,
        next: usize,
    },
}

impl<S: Stored> Blocks<S> {
    /// Of what is stored.
    pub fn stored(file: S, from: u64) -> Self {
        Self(Of::Stored { file, next: from, is_over: false, is_gone: false })
    }

    /// Of a text.
    pub fn text(text: Arc<[u8]>, from: u64) -> Self {
        let next = usize::try_from(from).unwrap_or(usize::MAX).min(text.len());
        Self(Of::Text { text, next })
    }

    /// The next block; none: that was all.
    ///
    /// # Errors
    /// Those of where the file is stored.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, S::Error> {
        match &mut self.0 {
            Of::Text { text, next } => {
                let block = text[*next..].iter().take(TEXT_BLOCK).copied().collect::<Vec<u8>>();
                *next += block.len();
                Ok(Some(block).filter(|block| !block.is_empty()))
            }
            Of::Stored { is_over: true, .. } => Ok(None),
            Of::Stored { file, next, is_over, is_gone } => {
                let Some(block) = file.block(*next, BLOCK_BYTES).await? else {
                    (*is_over, *is_gone) = (true, true);
                    return Ok(None);
                };
                *next += block.len() as u64;
                *is_over = (block.len() as u64) < BLOCK_BYTES;
                Ok(Some(block).filter(|block| !block.is_empty()))
            }
        }
    }

    /// Whether the file was not there when more of it was asked for.
    pub fn is_gone(&self) -> bool {
        matches!(self.0, Of::Stored { is_gone: true, .. })
    }
}

/// The text that a whole workbook comes to.
///
/// # Errors
/// Those of where it is stored.
pub async fn workbook_text<S: Stored>(file: S) -> Result<Result<Vec<u8>, Rejected>, S::Error> {
    let mut blocks = Blocks::stored(file, 0);
    let mut bytes = Vec::new();
    while let Some(block) = blocks.next().await? {
        bytes.extend(block);
        if bytes.len() as u64 > MAX_XLSX_BYTES {
            return Ok(Err(NotATable::TooLarge.into()));
        }
    }
    if blocks.is_gone() {
        return Ok(Err(Rejected::gone()));
    }
    Ok(xlsx_to_csv(bytes).map_err(Rejected::from))
}
