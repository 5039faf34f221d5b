//! The rows of a stored file, some at a time, from where it was left.

use std::sync::Arc;

use crate::{Blocks, Dialect, Position, Rejected, Row, Rows, Seen, Stored, workbook_text};

/// The rows of a stored file, from where it was left.
pub struct Batches<S> {
    rows: Rows,
    blocks: Blocks<S>,
    is_over: bool,
}

impl<S: Stored> Batches<S> {
    /// From a position on.
    ///
    /// # Errors
    /// Those of where it is stored.
    pub async fn of(
        file: S,
        dialect: &Dialect,
        is_workbook: bool,
        from: Position,
    ) -> Result<Result<Self, Rejected>, S::Error> {
        let blocks = if is_workbook {
            match workbook_text(file).await? {
                Ok(text) => Blocks::text(text.into(), from.byte),
                Err(rejected) => return Ok(Err(rejected)),
            }
        } else {
            Blocks::stored(file, from.byte)
        };
        Ok(Ok(Self::from(blocks, dialect, from)))
    }

    /// Of the text that a workbook has come to, from a position on.
    pub fn of_text(text: Arc<[u8]>, dialect: &Dialect, from: Position) -> Self {
        Self::from(Blocks::text(text, from.byte), dialect, from)
    }

    fn from(blocks: Blocks<S>, dialect: &Dialect, from: Position) -> Self {
        Self { rows: Rows::new(dialect, from), blocks, is_over: false }
    }

    /// Up to so many rows; fewer where there are no more behind them. None: the file is gone.
    ///
    /// # Errors
    /// Those of where it is stored.
    pub async fn read(&mut self, most: usize) -> Result<Option<Vec<Row>>, S::Error> {
        let mut batch = Vec::with_capacity(most);
        while batch.len() < most {
            match self.rows.next_row() {
                Some(row) => batch.push(row),
                None if self.is_over => break,
                None => match self.blocks.next().await? {
                    Some(block) => self.rows.push(&block),
                    None if self.blocks.is_gone() => return Ok(None),
                    None => {
                        self.rows.finish();
                        self.is_over = true;
                    }
                },
            }
        }
        Ok(Some(batch))
    }
}

impl Seen {
    /// Where its rows begin, and the first of them, up to so many.
    pub fn first_rows(&self, most: usize) -> (Position, Vec<Row>) {
        let start = Position { byte: self.dialect.start, row: 0 };
        let mut rows = Rows::new(&self.dialect, start);
        rows.push(self.sample.get(usize::try_from(start.byte).unwrap_or(0)..).unwrap_or_default());
        if self.is_whole {
            rows.finish();
        }
        let mut first = Vec::new();
        while let Some(row) = rows.next_row().filter(|_| first.len() < most) {
            first.push(row);
        }
        (start, first)
    }
}
