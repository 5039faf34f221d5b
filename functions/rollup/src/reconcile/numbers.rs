//! The numbers of reports against what is booked: day by day, and place by place.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    id::CampaignRef,
    money::MoneyError,
    report::{Counts, Place, View},
};
use jiff::civil::Date;
use store::{BookedEvent, Error, Span, keys::Grain};

use super::{Run, lead::Found};

type Sums = BTreeMap<(Date, Place), Counts>;

/// The numbers of one campaign.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// What the reports said in the beginning.
    before: Sums,
    /// What is booked.
    booked: Sums,
    /// What of that was booked by us meanwhile.
    added: Sums,
}

impl Numbers {
    pub(super) async fn begin(run: &Run<'_>, campid: &CampaignRef) -> Result<Self, Error> {
        Ok(Self { before: run.reported(campid).await?, ..Self::default() })
    }

    pub(super) fn and(&mut self, found: &Found) -> Result<(), Error> {
        found.booked.iter().try_for_each(|event| add(&mut self.booked, event))?;
        found.added.iter().try_for_each(|event| add(&mut self.added, event))
    }

    /// How many numbers differ. Those that others have moved meanwhile are left to the next time: nothing can be said of them.
    pub(super) async fn end(self, run: &Run<'_>, campid: &CampaignRef) -> Result<usize, Error> {
        let after = run.reported(campid).await?;
        let places: BTreeSet<_> = [&self.before, &self.booked, &after].into_iter().flat_map(Sums::keys).collect();
        let of = |sums: &Sums, place: &(Date, Place)| sums.get(place).copied().unwrap_or_default();
        let mut differing = 0;
        for place in places.into_iter().filter(|(day, _)| run.compares(*day)) {
            let expected = of(&self.before, place).checked_add(of(&self.added, place));
            let (booked, reported) = (of(&self.booked, place), of(&after, place));
            if booked == reported || expected != Some(reported) {
                continue;
            }
            differing += 1;
            let (day, Place { campid, sid, did, bid, .. }) = place;
            let (did, bid) = (did.as_ref().map(|did| did.as_str()), bid.as_ref().map(|bid| bid.as_str()));
            tracing::error!(%day, %campid, %sid, did, bid, ?booked, ?reported, "a report is not what is booked");
        }
        Ok(differing)
    }
}

impl Run<'_> {
    async fn reported(&self, campid: &CampaignRef) -> Result<Sums, Error> {
        let span = Span { grain: Grain::Day, from: self.from, to: self.to };
        self.app.store.summed_cells(View::Received, span, Some(campid)).await
    }

    /// Whether all leads of a day were looked at.
    fn compares(&self, day: Date) -> bool {
        (self.from..=self.to).contains(&day) && day < self.settled_before
    }
}

fn add(sums: &mut Sums, event: &BookedEvent) -> Result<(), Error> {
    if let Some((place, counts)) = event.happened.counts() {
        let sum = sums.entry((event.days.received, place.clone())).or_default();
        *sum = sum.checked_add(counts).ok_or_else(|| Error::Item(Box::new(MoneyError::Overflow)))?;
    }
    Ok(())
}
