//! Whom rows mean: looked up for a whole batch, a lookup after the other, each lead read once.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    id::LeadId,
    lead::Lead,
    return_file::{Lookup, Match, MatchedBy, Sought},
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::tz::TimeZone;
use store::{Error, MAX_FOUND, ReturnFile, made_by, row_order};

use crate::App;

/// What is said where not all are known that a row could mean.
const NOT_ALL: &str = "Not all leads that this could be can be looked at; give the lead id, or ask the seller.";
/// Lookups at the same time.
const CONCURRENCY: usize = 64;

/// A row on its way.
pub(crate) struct Open {
    pub(crate) number: u64,
    pub(crate) sought: Sought,
    lookups: Vec<Lookup>,
    tried: usize,
}

/// Whom the rows of a batch mean.
#[derive(Default)]
pub(crate) struct Found {
    /// Every lead that one of them could be about.
    pub(crate) leads: BTreeMap<LeadId, Lead>,
    /// Which of these each row could be about.
    pub(crate) seen: Vec<(u64, LeadId)>,
    /// The rows that mean a lead, by it.
    pub(crate) by_lead: BTreeMap<LeadId, Vec<(Open, MatchedBy)>>,
    /// The rows that mean none, or several.
    pub(crate) lost: Vec<(u64, Match)>,
}

impl Open {
    pub(crate) fn new(number: u64, sought: Sought) -> Self {
        let lookups = sought.lookups();
        Self { number, sought, lookups, tried: 0 }
    }
}

/// Among what rows are looked up.
pub(crate) struct Seeking<'a> {
    pub(crate) app: &'a App,
    pub(crate) file: &'a ReturnFile,
    pub(crate) zone: &'a TimeZone,
    /// Whether rows may have been judged before, by somebody who died.
    pub(crate) again: bool,
}

/// What one lookup has found.
struct Candidates {
    leads: Vec<LeadId>,
    /// There may be more, or one that cannot be read: whoever is left then could be the wrong one.
    is_all: bool,
}

impl Seeking<'_> {
    /// Looks all these rows up.
    pub(crate) async fn find(&self, mut open: Vec<Open>) -> Result<Found, Error> {
        let mut all = Found::default();
        if self.again {
            open = self.recognised(open, &mut all).await?;
        }
        while !open.is_empty() {
            let lookups = open.iter().map(|row| self.candidates(row.lookups.get(row.tried)));
            let found: Vec<Candidates> = stream::iter(lookups).buffered(CONCURRENCY).try_collect().await?;
            let unread = self.read(found.iter().flat_map(|found| &found.leads), &mut all).await?;
            let mut next = Vec::new();
            for (mut row, mut found) in open.into_iter().zip(found) {
                all.seen.extend(found.leads.iter().map(|id| (row.number, *id)));
                found.is_all &= found.leads.iter().all(|id| !unread.contains(id));
                match self.matched(&mut row, &found, &all.leads) {
                    Some(Match::Found { lead, by }) => all.by_lead.entry(lead).or_default().push((row, by)),
                    Some(lost) => all.lost.push((row.number, lost)),
                    None => next.push(row),
                }
            }
            open = next;
        }
        Ok(all)
    }

    /// What a row has done before a crash, it has done, whomever it could mean by now: those rows are told apart by the name of
    /// their claim. The others are left.
    async fn recognised(&self, open: Vec<Open>, all: &mut Found) -> Result<Vec<Open>, Error> {
        let asked = open.iter().flat_map(|row| &row.lookups).map(|lookup| self.candidates(Some(lookup)));
        let found: Vec<Candidates> = stream::iter(asked).buffered(CONCURRENCY).try_collect().await?;
        self.read(found.iter().flat_map(|found| &found.leads), all).await?;
        let (mut left, mut found) = (Vec::new(), found.into_iter());
        for row in open {
            let found: Vec<Candidates> = found.by_ref().take(row.lookups.len()).collect();
            let order = row_order(self.file.id, row.number);
            let is_done = |id: &LeadId| all.leads.get(id).is_some_and(|lead| made_by(lead, &order).is_some());
            let by = |(lookup, found): (&Lookup, &Candidates)| {
                found.leads.iter().copied().find(is_done).map(|lead| (lead, lookup.by()))
            };
            let done = row.lookups.iter().zip(&found).find_map(by);
            all.seen.extend(found.iter().flat_map(|found| &found.leads).map(|id| (row.number, *id)));
            match done {
                Some((lead, by)) => all.by_lead.entry(lead).or_default().push((row, by)),
                None => left.push(row),
            }
        }
        Ok(left)
    }

    /// Reads those of these leads that are not read yet, and says which cannot be.
    async fn read(&self, ids: impl Iterator<Item = &LeadId>, all: &mut Found) -> Result<BTreeSet<LeadId>, Error> {
        let ids: BTreeSet<LeadId> = ids.copied().filter(|id| !all.leads.contains_key(id)).collect();
        let mut unreadable = BTreeSet::new();
        for (id, lead) in self.app.store.leads_at_once(&Vec::from_iter(ids)).await? {
            match lead {
                Ok(lead) => drop(all.leads.insert(id, lead)),
                // One that somebody has to mend must not keep the others from being returned.
                Err(row) => {
                    tracing::error!(lead_id = %id, error = %row, "a lead cannot be read");
                    unreadable.insert(id);
                }
            }
        }
        Ok(unreadable)
    }

    async fn candidates(&self, lookup: Option<&Lookup>) -> Result<Candidates, Error> {
        let (store, identity) = (&self.app.store, &self.app.identity);
        let mut found = Vec::new();
        match lookup {
            None => {}
            Some(Lookup::Lead(id)) => found.push(vec![*id]),
            Some(Lookup::Emails(emails)) => {
                for email in emails {
                    found.push(store.leads_by_email(identity, email.as_str()).await?);
                }
            }
            Some(Lookup::Phones(phones)) => {
                for phone in phones {
                    found.push(store.leads_by_phone(identity, phone.as_str()).await?);
                }
            }
            Some(Lookup::Reference(reference)) => {
                found.push(store.leads_by_reference(identity, &self.file.bid, reference).await?);
            }
        }
        let is_all = found.iter().all(|some| some.len() < MAX_FOUND);
        let leads: BTreeSet<LeadId> = found.into_iter().flatten().collect();
        Ok(Candidates { leads: Vec::from_iter(leads), is_all })
    }

    /// What a row's lookup comes to; none: there is another one to be tried.
    fn matched(&self, row: &mut Open, found: &Candidates, leads: &BTreeMap<LeadId, Lead>) -> Option<Match> {
        let read: Vec<&Lead> = found.leads.iter().filter_map(|id| leads.get(id)).collect();
        let lookup = row.lookups.get(row.tried);
        row.tried += 1;
        if !found.is_all {
            return Some(Match::Ambiguous { detail: NOT_ALL.to_owned() });
        }
        let chosen = lookup.and_then(|lookup| row.sought.choose(lookup, &read, &self.file.bid, self.zone));
        chosen.or_else(|| (row.tried >= row.lookups.len()).then(|| row.sought.unfound()))
    }
}
