//! Leads: those of a campaign that came in on a day, or those that are named.

use std::collections::BTreeSet;

use domain::{campaign::Campaign, finder::finders, id::LeadId, lead::Lead, report::View, time::later};
use futures::{StreamExt, stream};
use jiff::{Timestamp, ToSpan, civil::Date};
use store::{Error, Store, SweepPage};

use super::{
    Findings, SETTLED_AFTER,
    lead::Found,
    numbers::Numbers,
    run::{End, Run, Stop, Walked},
};
use crate::tally;

/// Leads that are looked at at the same time.
const CONCURRENCY: usize = 16;
/// Leads that are read together.
const TOGETHER: usize = 100;
/// So far apart are the days of one instant in two zones, at most.
pub(super) const ZONES_APART: i32 = 2;

/// The leads of a campaign that came in within some time, page by page.
struct Received<'r> {
    store: &'r Store,
    since: Timestamp,
    until: Timestamp,
    partitions: std::vec::IntoIter<String>,
    open: Option<(String, SweepPage)>,
}

impl Run<'_> {
    /// Looks at the leads of a campaign that came in on a day, and compares the numbers of that day by receipt with what is
    /// booked of them, once all are settled.
    pub(super) async fn leads(&self, day: Date, campaign: &Campaign, found: &mut Findings) -> Result<(), Stop> {
        let (since, until) = self.bounds(day, day);
        let settled = later(self.now(), -SETTLED_AFTER);
        let mut numbers = Numbers::begin(self, day, &campaign.campid).await?;
        let mut pages = self.received(campaign, since, until.min(settled));
        while let Some(ids) = pages.next().await? {
            self.goes_on()?;
            for one in self.compared(&ids, found).await? {
                numbers.and(&one.booked, &one.added)?;
            }
        }
        if settled < until {
            found.too_young += self.count(self.received(campaign, since.max(settled), until)).await?;
            return Ok(());
        }
        if found.failed > 0 {
            return Ok(());
        }
        if !numbers.end(self).await?.is_empty() {
            self.more_closely(day, campaign, found).await?;
        }
        Ok(())
    }

    /// Compares the numbers of a day again, with all that is booked on it: in another zone, in which some leads may have been
    /// booked before the account moved to this one, they came in the day before or after.
    async fn more_closely(&self, day: Date, campaign: &Campaign, found: &mut Findings) -> Result<(), Stop> {
        let apart = ZONES_APART.days();
        let (since, until) = self.bounds(day.saturating_sub(apart), day.saturating_add(apart));
        let mut numbers = Numbers::begin(self, day, &campaign.campid).await?;
        let mut pages = self.received(campaign, since, until);
        while let Some(ids) = pages.next().await? {
            self.goes_on()?;
            let mut all = stream::iter(ids).map(|id| self.booked(id)).buffer_unordered(CONCURRENCY);
            while let Some(booked) = all.next().await {
                numbers.and(&booked?, &[])?;
            }
        }
        let differing = numbers.end(self).await?;
        for (place, (booked, reported)) in &differing {
            found.differing += 1;
            tally::number_differs(View::Received, Some(day), place, *booked, *reported);
        }
        if differing.is_empty() {
            return Ok(());
        }
        self.recount(&[campaign.campid.clone()].into(), (day, day), found).await
    }

    async fn count(&self, mut pages: Received<'_>) -> Result<usize, Stop> {
        let mut count = 0;
        while let Some(ids) = pages.next().await? {
            self.goes_on()?;
            count += ids.len();
        }
        Ok(count)
    }

    /// Puts the rows again that the leads of a campaign and a day are found by.
    pub(super) async fn finders_of(&self, day: Date, campaign: &Campaign, found: &mut Findings) -> Result<(), Stop> {
        let (since, until) = self.bounds(day, day);
        let mut pages = self.received(campaign, since, until);
        while let Some(ids) = pages.next().await? {
            self.goes_on()?;
            let leads = self.read(&ids, found).await?;
            self.put_finders(&leads, found).await?;
        }
        Ok(())
    }

    /// Looks at leads that somebody has named.
    pub(super) async fn named(&self, ids: &[LeadId], finders: bool) -> Walked {
        let mut walked = Walked { end: End::Done, ..Walked::default() };
        let ids: Vec<LeadId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        for some in ids.chunks(TOGETHER) {
            if self.goes_on().is_err() {
                walked.end = End::CutShort;
                break;
            }
            let known = walked.findings.leads;
            let looked = if finders {
                match self.read(some, &mut walked.findings).await {
                    Ok(leads) => self.put_finders(&leads, &mut walked.findings).await,
                    Err(error) => Err(error),
                }
            } else {
                self.compared(some, &mut walked.findings).await.map(|_| ())
            };
            if let Err(error) = looked {
                tally::leads_failed(some, &error);
                let rest = some.len() - (walked.findings.leads - known);
                walked.findings.leads += rest;
                walked.findings.failed += rest;
            }
        }
        walked
    }

    /// Looks at leads. One that fails is told and left; many that all fail are not the leads' fault.
    async fn compared(&self, ids: &[LeadId], found: &mut Findings) -> Result<Vec<Found>, Error> {
        let leads = self.read(ids, found).await?;
        let looks = leads.iter().map(|lead| async { (lead.id, self.lead(lead).await) });
        let mut looks = stream::iter(looks).buffer_unordered(CONCURRENCY);
        let (mut all, mut errors) = (Vec::new(), Vec::new());
        while let Some((id, looked)) = looks.next().await {
            found.leads += 1;
            match looked {
                Ok(one) => {
                    found.missing += one.missing;
                    found.repaired += one.repaired;
                    found.differing += one.differing;
                    all.push(one);
                }
                Err(error) => {
                    tally::leads_failed(&[id], &error);
                    found.failed += 1;
                    errors.push(error);
                }
            }
        }
        match errors.pop().filter(|_| all.is_empty() && leads.len() >= CONCURRENCY) {
            Some(error) => Err(error),
            None => Ok(all),
        }
    }

    /// Reads leads; one that cannot be read has failed, and one that is not there as well: leads are never taken away.
    async fn read(&self, ids: &[LeadId], found: &mut Findings) -> Result<Vec<Lead>, Error> {
        let (leads, _) = self.app.store.leads(ids).await?;
        let read: BTreeSet<LeadId> = leads.iter().map(|lead| lead.id).collect();
        for lead_id in ids.iter().filter(|id| !read.contains(id)) {
            tracing::error!(%lead_id, "the lead is not there, or cannot be read");
            found.leads += 1;
            found.failed += 1;
        }
        Ok(leads)
    }

    async fn put_finders(&self, leads: &[Lead], found: &mut Findings) -> Result<(), Error> {
        let all: Vec<_> = leads.iter().flat_map(|lead| finders(None, lead)).collect();
        found.finders += self.app.store.put_finders(&all, &self.app.identity).await?;
        found.leads += leads.len();
        Ok(())
    }

    fn received(&self, campaign: &Campaign, since: Timestamp, until: Timestamp) -> Received<'_> {
        let partitions = if since < until { Store::received_partitions(campaign, since, until) } else { Vec::new() };
        Received { store: &self.app.store, since, until, partitions: partitions.into_iter(), open: None }
    }
}

impl Received<'_> {
    /// The next page, which holds at least one.
    async fn next(&mut self) -> Result<Option<Vec<LeadId>>, Error> {
        loop {
            let open = self.open.take().or_else(|| Some((self.partitions.next()?, SweepPage::default())));
            let Some((partition, page)) = open else { return Ok(None) };
            let mut page = self.store.received_leads(&partition, self.since, self.until, page).await?;
            let ids = std::mem::take(&mut page.ids);
            if page.has_more() {
                self.open = Some((partition, page));
            }
            if !ids.is_empty() {
                return Ok(Some(ids));
            }
        }
    }
}
