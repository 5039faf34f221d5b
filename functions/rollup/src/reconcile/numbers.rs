//! The numbers of a campaign and a day of receipt against what is booked of the leads of that day, place by place.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    id::CampaignRef,
    money::MoneyError,
    report::{Counts, Place, View},
};
use jiff::civil::Date;
use store::{BookedEvent, Cell, CellId, Error, Grain, Span};

use super::{
    differences::{Differences, differences},
    run::Run,
};

/// Numbers by place.
pub(super) type Sums = BTreeMap<Place, Counts>;

/// The numbers of one campaign and day.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    day: Date,
    campid: &'a CampaignRef,
    /// What the reports said in the beginning.
    before: Sums,
    /// What is booked.
    booked: Sums,
    /// What of that was booked by us meanwhile.
    added: Sums,
}

/// On which days of a month campaigns have any numbers: mostly they have none, and need not be asked.
#[derive(Debug)]
pub(super) struct Reported {
    month: Date,
    /// None: they cannot be looked through.
    days: Option<BTreeSet<(Date, CampaignRef)>>,
}

impl<'a> Numbers<'a> {
    pub(super) async fn begin(run: &Run<'_>, day: Date, campid: &'a CampaignRef) -> Result<Self, Error> {
        let before = if run.has_numbers(day, campid).await? { run.numbers_of(day, campid).await? } else { Sums::new() };
        Ok(Self { day, campid, before, booked: Sums::new(), added: Sums::new() })
    }

    /// Counts what is booked of a lead, and what of that was booked just now.
    pub(super) fn and(&mut self, booked: &[BookedEvent], added: &[BookedEvent]) -> Result<(), Error> {
        for (sums, events) in [(&mut self.booked, booked), (&mut self.added, added)] {
            for event in events.iter().filter(|event| event.days.received == self.day) {
                if let Some((place, counts)) = event.happened.counts() {
                    add(sums, place, counts)?;
                }
            }
        }
        Ok(())
    }

    /// Which numbers are not what is booked. Those that others have moved meanwhile are left to the next time: nothing can be
    /// said of them.
    pub(super) async fn end(mut self, run: &Run<'_>) -> Result<Differences<Place, Counts>, Error> {
        for (place, counts) in &self.added {
            add(&mut self.before, place, *counts)?;
        }
        let mut found = differences(&self.booked, &self.before);
        if !found.is_empty() {
            let after = run.numbers_of(self.day, self.campid).await?;
            found.retain(|place, (_, before)| after.get(place).copied().unwrap_or_default() == *before);
        }
        Ok(found)
    }
}

impl Run<'_> {
    /// What a view says of a campaign, or of all, in some time.
    pub(super) async fn sums(&self, view: View, span: Span, campid: Option<&CampaignRef>) -> Result<Sums, Error> {
        let mut sums = Sums::new();
        for ((_, place), counts) in self.app.store.summed_cells(view, span, campid).await? {
            add(&mut sums, &place, counts)?;
        }
        Ok(sums)
    }

    async fn numbers_of(&self, day: Date, campid: &CampaignRef) -> Result<Sums, Error> {
        self.sums(View::Received, Span { grain: Grain::Day, from: day, to: day }, Some(campid)).await
    }

    async fn has_numbers(&self, day: Date, campid: &CampaignRef) -> Result<bool, Error> {
        let mut known = self.reported.lock().await;
        let month = day.first_of_month();
        let reported = match known.take().filter(|known| known.month == month) {
            Some(reported) => reported,
            None => Reported { month, days: self.days_with_numbers(month).await? },
        };
        let days = &known.insert(reported).days;
        Ok(days.as_ref().is_none_or(|days| days.contains(&(day, campid.clone()))))
    }

    async fn days_with_numbers(&self, month: Date) -> Result<Option<BTreeSet<(Date, CampaignRef)>>, Error> {
        let mut days = BTreeSet::new();
        let span = Span { grain: Grain::Day, from: month, to: month.last_of_month() };
        let add = |Cell { id: CellId { day, place, .. }, .. }: Cell| {
            days.insert((day, place.campid));
        };
        match self.app.store.cells(View::Received, span, None, add).await {
            Ok(()) => Ok(Some(days)),
            // One that cannot be read must not hide the others.
            Err(Error::TooMuchToRead { .. } | Error::Unreadable(_) | Error::Item(_)) => Ok(None),
            Err(error @ (Error::Service { .. } | Error::Contended { .. })) => Err(error),
        }
    }
}

/// Adds to the numbers of a place, or of a cell.
pub(super) fn add<K: Ord + Clone>(sums: &mut BTreeMap<K, Counts>, place: &K, counts: Counts) -> Result<(), Error> {
    let sum = sums.entry(place.clone()).or_default();
    *sum = sum.checked_add(counts).ok_or_else(|| Error::Item(Box::new(MoneyError::Overflow)))?;
    Ok(())
}
