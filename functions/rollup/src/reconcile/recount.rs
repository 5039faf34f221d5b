//! Counting again: numbers that differ are made what the books say that they are.

use std::collections::{BTreeMap, BTreeSet};

use domain::{id::CampaignRef, report::Counts, time::later};
use jiff::{Timestamp, ToSpan, civil::Date};
use store::{BookedEvent, CellId, Error, MAX_CELLS, SETTLED_AFTER};

use super::{
    Findings,
    differences::differences,
    leads::ZONES_APART,
    numbers::add,
    run::{Run, Stop},
};
use crate::tally;

/// What it comes to, counted again.
#[derive(Debug, Default)]
struct Recount {
    cells: BTreeMap<CellId, Counts>,
    /// Those that may have been moved since the reports were read. They are left to the next time.
    moving: BTreeSet<CellId>,
}

impl Run<'_> {
    /// Counts everything again that is booked of campaigns and counts in some months, and makes their numbers, of these months
    /// and their days and in all views, what comes of that.
    pub(super) async fn recount(
        &self,
        campids: &BTreeSet<CampaignRef>,
        (first, last): (Date, Date),
        found: &mut Findings,
    ) -> Result<(), Stop> {
        let mut reported = BTreeMap::new();
        for campid in campids {
            reported.extend(self.app.store.cells_of_months(campid, first, last).await?);
        }
        let (first, last) = (first.first_of_month(), last.last_of_month());
        let is_meant = |cell: &CellId| campids.contains(&cell.place.campid) && first <= cell.day && cell.day <= last;
        let Recount { cells, moving } = self.counted_since(first, is_meant).await?;
        for (cell, (counted, reported)) in differences(&cells, &reported) {
            if !moving.contains(&cell) && self.app.store.put_cell_right(&cell, reported, counted).await? {
                found.repaired += 1;
                tally::number_put_right(&cell, reported, counted);
            }
        }
        Ok(())
    }

    /// Counts what was booked since a day: what counts on a day, in whatever view, is booked no earlier.
    async fn counted_since(&self, first: Date, is_meant: impl Fn(&CellId) -> bool) -> Result<Recount, Stop> {
        let (begun, mut counted) = (self.now(), Recount::default());
        // The account may have moved here from a zone in which it was later.
        let last = self.today().saturating_add(ZONES_APART.days());
        let mut day = first;
        while day <= last {
            let count = |event: &BookedEvent, is_moving: bool| {
                for (cell, counts) in event.cells().into_iter().filter(|(cell, _)| is_meant(cell)) {
                    is_moving.then(|| counted.moving.insert(cell.clone()));
                    add(&mut counted.cells, &cell, counts)?;
                }
                let is_too_much = counted.cells.len() > MAX_CELLS;
                if is_too_much { Err(Error::TooMuchToRead { max: MAX_CELLS }) } else { Ok(()) }
            };
            self.counted_on(day, begun, count).await?;
            day = day.saturating_add(1.day());
        }
        Ok(counted)
    }

    /// Goes through everything that counts and was booked on a day. Each comes with whether it may have been counted after
    /// `begun`, or be so only now.
    pub(super) async fn counted_on(
        &self,
        day: Date,
        begun: Timestamp,
        mut each: impl FnMut(&BookedEvent, bool) -> Result<(), Error>,
    ) -> Result<(), Stop> {
        let mut after = None;
        loop {
            self.goes_on()?;
            let page = self.app.store.counted(day, after.as_deref()).await?;
            for event in &page.items {
                each(event, later(event.chunk.drawn_at(), SETTLED_AFTER) >= begun)?;
            }
            after = page.last;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
