//! Reading the cube: numbers by place and day or month.

use std::collections::BTreeMap;

use domain::{
    id::CampaignRef,
    report::{Counts, Place, View},
};
use jiff::{ToSpan, civil::Date};

use crate::{
    Error, Store,
    item::{Item, from_item, text},
    keys::{self, Grain},
};

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

/// Some of the numbers of one place; there can be several of the same, which are to be added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The day, or the first of the month.
    pub day: Date,
    /// The place.
    pub place: Place,
    /// Its numbers.
    pub counts: Counts,
}

impl Store {
    /// Goes through the cells of a view, of one campaign or of all, in no particular order.
    ///
    /// # Errors
    /// The table's.
    pub async fn cells(
        &self,
        view: View,
        span: Span,
        campid: Option<&CampaignRef>,
        mut found: impl FnMut(Cell),
    ) -> Result<(), Error> {
        for (cube, from, to) in span.cubes(None).into_iter().chain(span.cubes(Some(view))) {
            let mut asked = self
                .db
                .query()
                .table_name(&self.tables.ledger)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(cube));
            if let Some(campid) = campid {
                let (first, last) = keys::cells_between(campid, span.grain, from, to);
                asked = asked
                    .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                    .expression_attribute_values(":first", text(first))
                    .expression_attribute_values(":last", text(last));
            }
            let mut pages = asked.into_paginator().send();
            while let Some(page) = pages.next().await {
                for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                    let cell = read(item, span.grain, from)?;
                    if (from..=to).contains(&cell.day) {
                        found(cell);
                    }
                }
            }
        }
        Ok(())
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
        let add = |Cell { day, place, counts }: Cell| {
            let sum = sums.entry((day, place)).or_default();
            match sum.checked_add(counts) {
                Some(added) => *sum = added,
                None => overflow = true,
            }
        };
        self.cells(view, span, campid, add).await?;
        if overflow { Err(Error::item(domain::money::MoneyError::Overflow)) } else { Ok(sums) }
    }
}

impl Span {
    /// Its partitions, each with the first and the last day, or month, of it that is meant.
    fn cubes(self, view: Option<View>) -> Vec<(String, Date, Date)> {
        let (from, to) = (self.grain.of(self.from), self.grain.of(self.to));
        let mut cubes: Vec<(String, Date, Date)> = Vec::new();
        let mut next = Some(from).filter(|from| *from <= to);
        while let Some(day) = next {
            let last = match self.grain {
                Grain::Day => day.last_of_month(),
                Grain::Month => day.last_of_year().first_of_month(),
            };
            cubes.push((keys::cube(view, self.grain, day), day, last.min(to)));
            let following = match self.grain {
                Grain::Day => last.tomorrow(),
                Grain::Month => last.checked_add(1.month()),
            };
            next = following.ok().filter(|day| *day <= to);
        }
        cubes
    }
}

/// A cell, in a partition that has this day.
fn read(item: Item, grain: Grain, within: Date) -> Result<Cell, Error> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    let (day, place) = keys::cell_of(&sk, grain, within).ok_or_else(|| Error::item(NoCell))?;
    Ok(Cell { day, place, counts: from_item(item)? })
}

/// The row is no cell.
#[derive(Debug, thiserror::Error)]
#[error("the sort key is not a cell's")]
struct NoCell;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    fn cubes(grain: Grain, from: &str, to: &str) -> Vec<String> {
        let span = Span { grain, from: from.parse().unwrap(), to: to.parse().unwrap() };
        let line = |(cube, from, to): (String, Date, Date)| format!("{cube} {from} {to}");
        span.cubes(Some(View::Sold)).into_iter().map(line).collect()
    }

    #[test]
    fn a_span_is_cut_at_the_ends_of_its_partitions() {
        let days = ["cube#sold#202611 2026-11-29 2026-11-30", "cube#sold#202612 2026-12-01 2026-12-31"];
        assert_eq!(cubes(Grain::Day, "2026-11-29", "2026-12-31"), days);
        let months = ["cube#sold#2026 2026-11-01 2026-12-01", "cube#sold#2027 2027-01-01 2027-02-01"];
        assert_eq!(cubes(Grain::Month, "2026-11-29", "2027-02-28"), months);
        assert!(cubes(Grain::Day, "2026-11-29", "2026-11-28").is_empty());
    }
}
