//! The places of one month: which rows have one, and what is left for others.

use std::{collections::BTreeSet, ops::RangeInclusive};

use crate::share::{Chunk, Set};

/// Places that are set aside at once, at most: as many as a batch has rows.
const MOST: u32 = 256;
/// Of what is left, one in so many is set aside at once: others may want some too, and what is not needed comes back late.
const ONE_IN: u32 = 4;

#[derive(Debug, Default)]
pub(super) struct Month {
    /// As the share's row has it.
    pub(super) chunk: Option<Chunk>,
    /// Rows that have taken up a place of it.
    used: BTreeSet<u64>,
    /// Rows that one is kept for: what becomes of them is not known yet.
    kept: BTreeSet<u64>,
    /// Places that rows further on may have taken up before a crash.
    in_doubt: u32,
    /// Places that are taken under the share, as far as is known.
    pub(super) taken: u32,
    /// Sales of the month that are booked, as far as is known.
    pub(super) sales: Option<u32>,
    /// Rows of the batch were done before, by no chunk that there is.
    is_done: bool,
}

/// What a row is to do for its place.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Nothing: one is kept for it.
    Kept,
    /// The chunk has to be this, with so many more places taken.
    Move { after: Chunk, by: i64 },
    /// There is none.
    Full,
}

impl Month {
    /// As somebody else has left it.
    pub(super) fn found(set: Set) -> Self {
        let in_doubt = set.chunk.as_ref().map_or(0, |chunk| chunk.places);
        Self { chunk: set.chunk, in_doubt, taken: set.taken, ..Self::default() }
    }

    /// Another batch begins, or none: nobody is at work.
    pub(super) fn begin(&mut self) {
        self.kept.clear();
        self.is_done = false;
    }

    /// A row has a place of this month; of the chunk, if it is one of its rows.
    pub(super) fn recognise(&mut self, row: u64) {
        match &self.chunk {
            Some(chunk) if row < chunk.first => {}
            Some(chunk) if row <= chunk.last => {
                let was_kept = self.kept.remove(&row);
                if self.used.insert(row) && !was_kept {
                    self.in_doubt = self.in_doubt.saturating_sub(1);
                }
            }
            Some(_) | None => self.is_done = true,
        }
    }

    /// All rows up to this one have been looked at.
    pub(super) fn seen(&mut self, last: u64) {
        if self.chunk.as_ref().is_none_or(|chunk| chunk.last <= last) {
            self.in_doubt = 0;
        }
    }

    /// What was kept for a row is not needed.
    pub(super) fn give_up(&mut self, row: u64) {
        self.kept.remove(&row);
    }

    /// Whether a row takes its place by itself: were it to take one of the chunk, nobody could tell after a crash.
    pub(super) fn is_apart(&self, row: u64) -> bool {
        match &self.chunk {
            Some(chunk) => row < chunk.first || row > chunk.last && self.is_done,
            None => self.is_done,
        }
    }

    /// Places that a row may take up.
    pub(super) fn free(&self) -> u32 {
        self.left().saturating_sub(self.in_doubt)
    }

    fn left(&self) -> u32 {
        let gone = u32::try_from(self.used.len() + self.kept.len()).unwrap_or(u32::MAX);
        self.chunk.as_ref().map_or(0, |chunk| chunk.places).saturating_sub(gone)
    }

    /// The way to a place for one of these rows, where as many as `limit` may be taken in all.
    pub(super) fn next(&mut self, row: u64, rows: &RangeInclusive<u64>, limit: u32) -> Next {
        if self.kept.contains(&row) {
            return Next::Kept;
        }
        // Places that are there do for another limit only if all that are taken are within it.
        let is_there = self.free() > 0 && self.taken <= limit;
        if !is_there && self.taken >= limit {
            return Next::Full;
        }
        let more = if is_there { 0 } else { ((limit - self.taken) / ONE_IN).clamp(1, MOST) };
        let chunk = self.chunk.as_ref();
        let covers = chunk.is_some_and(|chunk| (chunk.first..=chunk.last).contains(&row));
        if covers && is_there {
            self.kept.insert(row);
            return Next::Kept;
        }
        match chunk.filter(|chunk| covers || chunk.last >= *rows.start()) {
            Some(chunk) => {
                let last = if covers { chunk.last } else { chunk.last.max(*rows.end()) };
                let after = Chunk { places: chunk.places.saturating_add(more), first: chunk.first, last };
                Next::Move { after, by: i64::from(more) }
            }
            None => {
                let after = Chunk { places: self.left() + more, first: *rows.start(), last: *rows.end() };
                Next::Move { after, by: i64::from(more) }
            }
        }
    }

    /// The chunk is another now.
    pub(super) fn moved(&mut self, set: Set) {
        let first = |chunk: &Option<Chunk>| chunk.as_ref().map(|chunk| chunk.first);
        // Rows before its first are none of its rows any more.
        if first(&set.chunk) != first(&self.chunk) {
            self.used.clear();
        }
        (self.chunk, self.taken) = (set.chunk, set.taken);
    }

    /// What the chunk becomes when no row up to `last` needs more of it, and by how many the share changes; none: nothing does.
    pub(super) fn given_back(&self, last: u64) -> Option<(Option<Chunk>, i64)> {
        let chunk = self.chunk.as_ref()?;
        let left = i64::from(chunk.places) - i64::try_from(self.used.len()).unwrap_or(i64::MAX);
        if self.in_doubt == 0 {
            return Some((None, -left));
        }
        let places = u32::try_from(left).unwrap_or(0);
        let after = Chunk { places, first: chunk.first.max(last + 1), last: chunk.last };
        (after != *chunk).then_some((Some(after), 0))
    }
}
