//! What a way costs: all of it, in read units, by how many leads reports count.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};

use super::{Known, Numbers};
use crate::{
    finder::{Activity, Listing},
    id::{CampaignRef, DeliveryRef},
    lead::SoldStatus,
    query::{LeadQuery, Path, Span, takes::has},
};

/// Hundredths of a read unit: a partition of a month that is asked, a lead that is read, and an entry, of which 25 are in 4 KB.
const PARTITION: u64 = 50;
const LEAD: u64 = 50;
const ENTRY: u64 = 2;
/// Partitions of a supplier and a month.
pub const SUPPLIER_PARTS: u8 = 4;
/// Leads of a person, or of an address that several share: more are rare.
const LEADS_OF_A_PERSON: u64 = 2;
/// What reports do not count is taken to have happened to one lead of so many. Most of it is rarer.
const LEADS_PER_ACTIVITY: u64 = 50;
/// And as many leads for each that has failed at a delivery.
const LEADS_PER_UNDELIVERED: u64 = 4;

/// What is asked, and what is known.
pub(super) struct Costs<'a> {
    pub(super) query: &'a LeadQuery,
    pub(super) known: &'a Known,
}

/// What is read of a way.
struct Reading {
    partitions: u64,
    entries: u64,
    leads: u64,
}

impl Costs<'_> {
    /// Read units of a way; none: nobody has counted the leads on it.
    pub(super) fn of(&self, path: &Path) -> Option<u64> {
        let reading = self.reading(path)?;
        let hundredths = reading.partitions.saturating_mul(PARTITION);
        let hundredths = hundredths.saturating_add(reading.entries.saturating_mul(ENTRY));
        Some(hundredths.saturating_add(reading.leads.saturating_mul(LEAD)).div_ceil(100))
    }

    fn reading(&self, path: &Path) -> Option<Reading> {
        let months = months(self.query.received);
        let of_facts = |parts: u64, entries: u64, leads: u64| {
            let partitions = parts.saturating_mul(months);
            Some(Reading { partitions, entries, leads })
        };
        if let Path::Identified { leads, .. } = path {
            let ids = u64::try_from(leads.len()).unwrap_or(u64::MAX);
            let looked_up = u64::try_from(path.identifiers()).unwrap_or(u64::MAX).saturating_sub(ids);
            let entries = looked_up.saturating_mul(LEADS_OF_A_PERSON);
            return Some(Reading { partitions: looked_up, entries, leads: entries.saturating_add(ids) });
        }
        let counted = Counted(self.known.numbers.as_deref()?);
        let is_asked = |row: &Numbers| has(&self.query.campaigns, &row.campid) && has(&self.query.suppliers, &row.sid);
        match path {
            Path::Identified { .. } => None,
            Path::Campaigns(campaigns) => {
                let parts = campaigns.iter().map(|campaign| self.parts(campaign)).sum();
                let on_it = |row: &Numbers| campaigns.contains(&row.campid);
                of_facts(parts, counted.leads(on_it), counted.leads(|row| on_it(row) && is_asked(row)))
            }
            Path::Suppliers(suppliers) => {
                let parts =
                    u64::from(SUPPLIER_PARTS).saturating_mul(u64::try_from(suppliers.len()).unwrap_or(u64::MAX));
                let on_it = |row: &Numbers| suppliers.contains(&row.sid);
                of_facts(parts, counted.leads(on_it), counted.leads(|row| on_it(row) && is_asked(row)))
            }
            Path::Statuses(statuses) => {
                let parts = statuses.iter().map(|status| u64::from(status_parts(*status))).sum();
                of_facts(parts, counted.with_status(statuses, |_| true), counted.with_status(statuses, is_asked))
            }
            Path::Listed(lists) => {
                let parts = u64::try_from(lists.len()).unwrap_or(u64::MAX);
                let entries = lists.iter().map(|list| self.listed(&counted, list)).fold(0, u64::saturating_add);
                // Lists tell no facts by which leads could be left out unread.
                of_facts(parts, entries, entries)
            }
        }
    }

    fn parts(&self, campaign: &CampaignRef) -> u64 {
        self.known.campaigns.get(campaign).map_or(1, |parts| u64::from(*parts))
    }

    fn listed(&self, counted: &Counted<'_>, list: &Listing) -> u64 {
        let all = counted.leads(|_| true);
        match list {
            Listing::Buyer(bid) => counted.sold(|row| row.bid.as_ref() == Some(bid)).min(all),
            Listing::Delivery(did) => self.given(counted, did),
            Listing::Activity(Activity::Returned) => counted.returns(|_| true).min(all),
            Listing::Activity(
                Activity::ReturnRequested
                | Activity::ReturnRefused
                | Activity::ReturnUndone
                | Activity::Redelivered
                | Activity::PayoutUpdated
                | Activity::RevenueUpdated
                | Activity::Quarantined
                | Activity::Released
                | Activity::Unsubscribed
                | Activity::Resubscribed
                | Activity::Feedback
                | Activity::JoinedResponder
                | Activity::MessageOrdered,
            ) => all / LEADS_PER_ACTIVITY,
            Listing::Undelivered(_) => all / LEADS_PER_UNDELIVERED,
        }
    }

    /// No more than its campaign's: which that is tell those that it has sold, or whoever asks.
    fn given(&self, counted: &Counted<'_>, did: &DeliveryRef) -> u64 {
        let sellers = counted.0.iter().filter(|row| row.did.as_ref() == Some(did));
        let campaigns: BTreeSet<CampaignRef> = sellers.map(|row| row.campid.clone()).collect();
        let campaigns = if campaigns.is_empty() { &self.query.campaigns } else { &campaigns };
        counted.leads(|row| has(campaigns, &row.campid))
    }
}

/// Leads as reports count them.
struct Counted<'a>(&'a [Numbers]);

impl Counted<'_> {
    fn leads(&self, of: impl Fn(&Numbers) -> bool) -> u64 {
        self.sum(of, |row| row.leads)
    }

    fn sold(&self, of: impl Fn(&Numbers) -> bool) -> u64 {
        self.sum(of, |row| row.sold)
    }

    fn returns(&self, of: impl Fn(&Numbers) -> bool) -> u64 {
        self.sum(of, |row| row.returns)
    }

    /// Reports count sales, of which a lead may have several, and do not tell open leads from unsold ones: each may be all of both.
    fn with_status(&self, statuses: &BTreeSet<SoldStatus>, of: impl Fn(&Numbers) -> bool) -> u64 {
        let (leads, sold, returns) = (self.leads(&of), self.sold(&of).min(self.leads(&of)), self.returns(&of));
        let (stand, gone) = (sold.saturating_sub(returns), returns.min(sold));
        let none = leads.saturating_sub(sold);
        let has = |status| statuses.contains(&status);
        let of_status = [
            (has(SoldStatus::Open) || has(SoldStatus::Unsold), none),
            (has(SoldStatus::Sold), stand),
            (has(SoldStatus::Returned), gone),
        ];
        of_status.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, leads)| leads).sum()
    }

    fn sum(&self, of: impl Fn(&Numbers) -> bool, number: impl Fn(&Numbers) -> u64) -> u64 {
        self.0.iter().filter(|row| of(row)).map(number).fold(0, u64::saturating_add)
    }
}

/// Partitions of a sold status and a month: few statuses hold all leads, and a hot partition would throttle the table. Every lead comes in
/// open and leaves it, which is two writes; at 500 leads a second each of the busiest takes some 500 of the 1,000 units that a
/// partition takes. More of them would make every look at all leads dearer, as it reads each: with five, a page of fifty that reaches into
/// another month is still 30 units.
pub const fn status_parts(status: SoldStatus) -> u8 {
    match status {
        SoldStatus::Open => 2,
        SoldStatus::Unsold | SoldStatus::Sold | SoldStatus::Returned => 1,
    }
}

/// Months of UTC that the time touches.
fn months(span: Span) -> u64 {
    let month = |at: Timestamp| {
        let day = TimeZone::UTC.to_datetime(at).date();
        i64::from(day.year()) * 12 + i64::from(day.month())
    };
    u64::try_from(month(span.until) - month(span.from) + 1).unwrap_or(0)
}
