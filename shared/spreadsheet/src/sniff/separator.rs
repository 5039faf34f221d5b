//! Which separator a table has: the one that most of its rows agree on.

use std::{cmp::Ordering, collections::BTreeMap};

use super::first_rows;
use crate::Separator;

/// How many rows are asked.
const ROWS: usize = 50;

/// The separator that splits the largest part of the rows into the same number of cells.
pub(super) fn of(text: &[u8], is_whole: bool) -> Separator {
    let mut best = (Separator::default(), Vote::default());
    for separator in Separator::ALL {
        let vote = vote(text, is_whole, separator);
        if vote.beats(best.1, separator) {
            best = (separator, vote);
        }
    }
    best.0
}

#[derive(Clone, Copy, Default)]
struct Vote {
    /// Rows that have as many cells as most have, and are taken apart cleanly.
    agreed: usize,
    /// All that were asked. Where quotes are not seen as such, there are more rows than there should be.
    asked: usize,
    /// How many cells those have that agree.
    cells: usize,
}

impl Vote {
    /// Votes are compared in the order of `Separator::ALL`.
    fn beats(self, best: Self, separator: Separator) -> bool {
        // Numbers with decimal commas split at them as often as at what is between them, but never twice as often.
        let is_sure = separator != Separator::Comma || self.cells >= 2 * best.cells;
        match (self.agreed * best.asked.max(1)).cmp(&(best.agreed * self.asked.max(1))) {
            Ordering::Greater => true,
            Ordering::Equal => self.cells > best.cells && is_sure,
            Ordering::Less => false,
        }
    }
}

fn vote(text: &[u8], is_whole: bool, separator: Separator) -> Vote {
    let mut counts = BTreeMap::<usize, usize>::new();
    let rows = first_rows(text, is_whole, separator, ROWS);
    for row in &rows {
        // A single cell is no agreement: no separator splits titles, and the wrong ones split nothing.
        if row.cells.len() > 1 && !row.cells.iter().any(is_torn) {
            *counts.entry(row.cells.len()).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(cells, agreed)| (*agreed, *cells));
    most.map(|(cells, agreed)| Vote { agreed, asked: rows.len(), cells }).unwrap_or_default()
}

/// Whether the cell has one of two quotes: the other is behind a separator that was none.
fn is_torn(cell: &str) -> bool {
    cell.matches('"').count() % 2 == 1
}
