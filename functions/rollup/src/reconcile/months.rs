//! Months: their numbers are those of their days, in each view and at each place.

use std::collections::BTreeSet;

use domain::{
    id::CampaignRef,
    report::{Counts, Place, View},
};
use jiff::civil::Date;
use store::{Error, Grain, Span};

use super::{
    Findings,
    differences::{Differences, confirmed, differences},
    run::{Run, Stop},
};
use crate::tally;

/// What differs in a view, at a place.
pub(super) type Differing = Differences<(View, Place), Counts>;

impl Run<'_> {
    /// Compares the numbers of a month with those of its days.
    pub(super) async fn months(&self, month: Date, found: &mut Findings) -> Result<(), Stop> {
        let differing = self.all_or_each(async |campid| confirmed(async || self.month(month, campid).await).await);
        let differing = differing.await?;
        for ((view, place), (of_days, of_month)) in &differing {
            found.differing += 1;
            tally::number_differs(*view, Some(month), place, *of_days, *of_month);
        }
        self.recount_those(&differing, (month, month), found).await
    }

    async fn month(&self, month: Date, campid: Option<&CampaignRef>) -> Result<Differing, Stop> {
        let mut differing = Differing::new();
        for view in View::ALL {
            self.goes_on()?;
            let months = self.sums(view, Span { grain: Grain::Month, from: month, to: month }, campid).await?;
            let days = Span { grain: Grain::Day, from: month, to: month.last_of_month() };
            let days = self.sums(view, days, campid).await?;
            differing.extend(differences(&days, &months).into_iter().map(|(place, both)| ((view, place), both)));
        }
        Ok(differing)
    }

    /// Counts the campaigns again in which something differs.
    pub(super) async fn recount_those(
        &self,
        differing: &Differing,
        months: (Date, Date),
        found: &mut Findings,
    ) -> Result<(), Stop> {
        let campids: BTreeSet<CampaignRef> = differing.keys().map(|(_, place)| place.campid.clone()).collect();
        if campids.is_empty() { Ok(()) } else { self.recount(&campids, months, found).await }
    }

    /// Looks at all campaigns together, or at each, where all are too much to read.
    pub(super) async fn all_or_each(
        &self,
        look: impl AsyncFn(Option<&CampaignRef>) -> Result<Differing, Stop>,
    ) -> Result<Differing, Stop> {
        let all = look(None).await;
        if !matches!(all, Err(Stop::Failed(Error::TooMuchToRead { .. }))) {
            return all;
        }
        let mut differing = Differing::new();
        for campaign in &self.campaigns {
            differing.extend(look(Some(&campaign.campid)).await?);
        }
        Ok(differing)
    }
}
