//! Views: over all time, what happened adds up to the same by receipt, by sale and by booking.

use domain::{
    id::CampaignRef,
    report::{Place, View},
};
use jiff::{ToSpan, civil::Date};
use store::{Grain, Span};

use super::{
    Findings,
    differences::{confirmed, differences},
    months::Differing,
    numbers::{Sums, add},
    run::{Run, Stop},
};
use crate::tally;

/// Years back, before which nobody has any numbers.
const YEARS: i16 = 10;

impl Run<'_> {
    /// Compares the views with one another.
    pub(super) async fn views(&self, found: &mut Findings) -> Result<(), Stop> {
        let differing = self.all_or_each(async |campid| {
            // A year without anything is mostly the one before all others.
            if self.lives(campid, true).await?.is_empty() {
                return Ok(Differing::new());
            }
            confirmed(async || self.lives(campid, false).await).await
        });
        let differing = differing.await?;
        for ((view, place), (received, other)) in &differing {
            found.differing += 1;
            tally::number_differs(*view, None, place, *received, *other);
        }
        if differing.is_empty() {
            return Ok(());
        }
        // Year by year: the cells of all together may be too much to hold.
        for year in self.years() {
            let Span { from, to, .. } = year_of_months(year);
            self.recount_those(&differing, (from, to), found).await?;
        }
        Ok(())
    }

    /// The years that anybody has numbers in. The account may have moved here from another zone, in which today was over.
    fn years(&self) -> std::ops::RangeInclusive<i16> {
        let this = self.today().saturating_add(1.day()).year();
        this.saturating_sub(YEARS)..=this
    }

    /// What differs from what was received, back to the first year without anything or through all years.
    async fn lives(&self, campid: Option<&CampaignRef>, to_first_gap: bool) -> Result<Differing, Stop> {
        let mut lives = View::ALL.map(|view| (view, Sums::new()));
        let years = self.years();
        let this = *years.end();
        for year in years.rev() {
            self.goes_on()?;
            let mut is_gap = true;
            for (view, life) in &mut lives {
                let months = self.sums(*view, year_of_months(year), campid).await?;
                is_gap &= months.is_empty();
                months.iter().try_for_each(|(place, counts): (&Place, _)| add(life, place, *counts))?;
            }
            // The turn of the year may just have been.
            if is_gap && to_first_gap && year < this {
                break;
            }
        }
        let [(_, received), others @ ..] = &lives;
        let of = |(view, life): &(View, Sums)| {
            let view = *view;
            differences(received, life).into_iter().map(move |(place, both)| ((view, place), both))
        };
        Ok(others.iter().flat_map(of).collect())
    }
}

fn year_of_months(year: i16) -> Span {
    let day = |month| Date::new(year, month, 1).unwrap_or(Date::MAX);
    Span { grain: Grain::Month, from: day(1), to: day(12) }
}
