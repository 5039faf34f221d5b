//! Reading the cube: numbers by place and day or month.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use domain::{
    id::CampaignRef,
    money::MoneyError,
    report::{Counts, Place, View},
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use jiff::{ToSpan, civil::Date};

use crate::{
    Error, Examined, Store,
    item::{Item, from_item, text},
    keys::{self, CUBE_SLOTS, Grain},
};

/// Most cells that are read for one answer: some 20 MB, a year of days of five campaigns with a hundred places each. More would come
/// near to the time and the memory that a function has.
pub const MAX_CELLS: usize = 200_000;
/// Partitions that are read at the same time.
const CONCURRENCY: usize = 16;
/// Cells in a page. Full pages of a megabyte, as many as are read at the same time, would fill a function's memory.
const PAGE: i32 = 2_000;

/// Which cells are meant: whole days, or whole months, from one to the other and both included. A longer time is cheapest
/// with the months that lie in it as such, and the days at its edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Days or months.
    pub grain: Grain,
    /// The first one; of a month, any day.
    pub from: Date,
    /// The last one.
    pub to: Date,
}

/// Which numbers are meant: in one view or in all of them, of a day or a month, at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellId {
    /// The view; none: they count in all of them.
    pub view: Option<View>,
    /// Whether it is a day or a month.
    pub grain: Grain,
    /// The day, or the first of the month.
    pub day: Date,
    /// The place.
    pub place: Place,
}

/// Some of the numbers of a cell; there can be several of the same, which are to be added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Which numbers they are.
    pub id: CellId,
    /// The numbers.
    pub counts: Counts,
}

/// A part of the cube: some days or months of one campaign, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The days or months.
    pub span: Span,
    /// The campaign; none: all of them.
    pub campid: Option<CampaignRef>,
}

/// What is read of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    view: Option<View>,
    slot: u8,
    campid: Option<CampaignRef>,
    grain: Grain,
    /// The first day or month that is meant.
    from: Date,
    /// The last one.
    to: Date,
}

impl Store {
    /// Goes through the cells of a view, of one campaign or of all, in no particular order.
    ///
    /// # Errors
    /// The table's; `TooMuchToRead`.
    pub async fn cells(
        &self,
        view: View,
        span: Span,
        campid: Option<&CampaignRef>,
        found: impl FnMut(Cell),
    ) -> Result<(), Error> {
        self.cells_of(view, &[Part { span, campid: campid.cloned() }], found).await
    }

    /// The same for several parts. What may be read is bounded for all of them together; when that is too little, some cells
    /// have been found before it is known.
    ///
    /// # Errors
    /// As for [`Store::cells`].
    pub async fn cells_of(&self, view: View, parts: &[Part], found: impl FnMut(Cell)) -> Result<(), Error> {
        self.cells_up_to(MAX_CELLS, view, parts, found).await.0
    }

    /// The same up to so many cells, and what it took, also where that is too little.
    pub(crate) async fn cells_up_to(
        &self,
        max: usize,
        view: View,
        parts: &[Part],
        found: impl FnMut(Cell),
    ) -> (Result<(), Error>, Examined) {
        let mut took = Examined::default();
        let ranges = parts.iter().flat_map(|part| part.ranges(&[None, Some(view)])).collect();
        (self.cells_in(max, ranges, found, &mut took).await, took)
    }

    async fn cells_in(
        &self,
        max: usize,
        ranges: Vec<Range>,
        mut found: impl FnMut(Cell),
        took: &mut Examined,
    ) -> Result<(), Error> {
        let mut pages = stream::iter(ranges).map(|range| self.pages(range)).flatten_unordered(CONCURRENCY);
        while let Some((page, cells)) = pages.try_next().await? {
            *took = took.and(page);
            if took.entries > max {
                return Err(Error::TooMuchToRead { max });
            }
            cells.into_iter().for_each(&mut found);
        }
        Ok(())
    }

    /// The cells of a range, page by page, and what was read for them: of all campaigns, whole partitions are.
    fn pages(&self, range: Range) -> impl Stream<Item = Result<(Examined, Vec<Cell>), Error>> + Send + Unpin + use<> {
        let Range { view, slot, campid, grain, from, to } = range;
        let mut asked = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::cube(view, grain, from, slot)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .limit(PAGE);
        if let Some(campid) = &campid {
            let (first, last) = keys::cells_between(campid, grain, from, to);
            asked = asked
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":first", text(first))
                .expression_attribute_values(":last", text(last));
        }
        let pages = stream::try_unfold(asked.into_paginator().send(), move |mut pages| async move {
            let Some(page) = pages.next().await else { return Ok(None) };
            let page = page.map_err(Error::service("Query"))?;
            let took = Examined { entries: page.items().len(), ..Examined::call(page.consumed_capacity()) };
            let items = page.items.unwrap_or_default();
            let mut cells: Vec<Cell> =
                items.into_iter().map(|item| read(item, view, grain, from)).collect::<Result<_, _>>()?;
            cells.retain(|cell| (from..=to).contains(&cell.id.day));
            Ok(Some(((took, cells), pages)))
        });
        Box::pin(pages)
    }

    /// The same, added up.
    ///
    /// # Errors
    /// The table's; a sum that cannot be held.
    pub async fn summed_cells(
        &self,
        view: View,
        span: Span,
        campid: Option<&CampaignRef>,
    ) -> Result<BTreeMap<(Date, Place), Counts>, Error> {
        let mut sums = BTreeMap::<(Date, Place), Counts>::new();
        let mut overflow = false;
        let add = |Cell { id: CellId { day, place, .. }, counts }: Cell| {
            overflow |= add(sums.entry((day, place)).or_default(), counts).is_none();
        };
        self.cells(view, span, campid, add).await?;
        if overflow { Err(Error::item(MoneyError::Overflow)) } else { Ok(sums) }
    }

    /// What each cell of a campaign says, in all views, of some months and of their days.
    ///
    /// # Errors
    /// As for [`Store::summed_cells`].
    pub async fn cells_of_months(
        &self,
        campid: &CampaignRef,
        first: Date,
        last: Date,
    ) -> Result<BTreeMap<CellId, Counts>, Error> {
        let part = |grain| {
            let to = last.last_of_month();
            Part { span: Span { grain, from: first.first_of_month(), to }, campid: Some(campid.clone()) }
        };
        let views: Vec<Option<View>> = [None].into_iter().chain(View::ALL.map(Some)).collect();
        let ranges = Grain::ALL.into_iter().flat_map(|grain| part(grain).ranges(&views)).collect();
        let (mut sums, mut overflow) = (BTreeMap::<CellId, Counts>::new(), false);
        let add = |Cell { id, counts }: Cell| overflow |= add(sums.entry(id).or_default(), counts).is_none();
        self.cells_in(MAX_CELLS, ranges, add, &mut Examined::default()).await?;
        if overflow { Err(Error::item(MoneyError::Overflow)) } else { Ok(sums) }
    }
}

impl CellId {
    /// The row of one of its shards.
    pub(super) fn shard(&self, shard: u8) -> keys::Key {
        keys::cell(self.view, self.grain, self.day, &self.place, shard)
    }
}

impl Part {
    /// What is read for it: of each month or year that it touches, all slots of these views; none is what counts in all.
    fn ranges(&self, views: &[Option<View>]) -> Vec<Range> {
        let grain = self.span.grain;
        let mut ranges = Vec::new();
        for (from, to) in self.span.cut() {
            for view in views {
                let range = |slot| Range { view: *view, slot, campid: self.campid.clone(), grain, from, to };
                ranges.extend((0..CUBE_SLOTS).map(range));
            }
        }
        ranges
    }
}

impl Span {
    /// The first and the last day, or month, of it in each month, or year, that lies together.
    fn cut(self) -> Vec<(Date, Date)> {
        let (from, to) = (self.grain.of(self.from), self.grain.of(self.to));
        let mut cut = Vec::new();
        let mut next = Some(from).filter(|from| *from <= to);
        while let Some(day) = next {
            let last = match self.grain {
                Grain::Day => day.last_of_month(),
                Grain::Month => day.last_of_year().first_of_month(),
            };
            cut.push((day, last.min(to)));
            let following = match self.grain {
                Grain::Day => last.tomorrow(),
                Grain::Month => last.checked_add(1.month()),
            };
            next = following.ok().filter(|day| *day <= to);
        }
        cut
    }
}

/// A cell, in a partition that has this day.
fn read(item: Item, view: Option<View>, grain: Grain, within: Date) -> Result<Cell, Error> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    let (day, place) = keys::cell_of(&sk, grain, within).ok_or_else(|| Error::item(NoCell))?;
    Ok(Cell { id: CellId { view, grain, day, place }, counts: from_item(item)? })
}

/// Adds to a sum, unless that cannot be held.
fn add(sum: &mut Counts, more: Counts) -> Option<()> {
    *sum = sum.checked_add(more)?;
    Some(())
}

/// The row is no cell.
#[derive(Debug, thiserror::Error)]
#[error("the sort key is not a cell's")]
struct NoCell;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    fn cut(grain: Grain, from: &str, to: &str) -> Vec<String> {
        let span = Span { grain, from: from.parse().unwrap(), to: to.parse().unwrap() };
        span.cut().into_iter().map(|(from, to)| format!("{from} {to}")).collect()
    }

    #[test]
    fn a_span_is_cut_at_the_ends_of_its_partitions() {
        let days = ["2026-11-29 2026-11-30", "2026-12-01 2026-12-31"];
        assert_eq!(cut(Grain::Day, "2026-11-29", "2026-12-31"), days);
        let months = ["2026-11-01 2026-12-01", "2027-01-01 2027-02-01"];
        assert_eq!(cut(Grain::Month, "2026-11-29", "2027-02-28"), months);
        assert!(cut(Grain::Day, "2026-11-29", "2026-11-28").is_empty());
    }

    #[test]
    fn all_slots_are_read_of_what_counts_in_all_views_and_in_this_one() {
        let span = Span { grain: Grain::Month, from: Date::constant(2026, 11, 1), to: Date::constant(2027, 2, 1) };
        let ranges = Part { span, campid: None }.ranges(&[None, Some(View::Sold)]);
        let slots = |view, year| ranges.iter().filter(|range| range.view == view && range.from.year() == year).count();
        let of_both = [2026, 2027].map(|year| [None, Some(View::Sold)].map(|view| slots(view, year)));
        assert_eq!((of_both, ranges.len()), ([[CUBE_SLOTS.into(); 2]; 2], 4 * usize::from(CUBE_SLOTS)));
    }
}
