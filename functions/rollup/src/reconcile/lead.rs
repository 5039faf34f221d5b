//! One lead against what is booked of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use domain::{
    finder::finders,
    id::LeadId,
    journal::{Event, events},
    lead::Lead,
    time::later,
};
use jiff::Timestamp;
use store::{BookedEvent, ChunkId, Error, Happened, Store};

use super::{SETTLED_AFTER, run::Run};

/// Chunks that are remembered; some thousand leads share them.
const REMEMBERED: usize = 100_000;

/// Chunks of which is known that they were written; that never changes again.
#[derive(Debug, Default)]
pub(super) struct Counted(Mutex<BTreeSet<ChunkId>>);

impl Counted {
    async fn has(&self, store: &Store, chunk: &ChunkId) -> Result<bool, Error> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(chunk) {
            return Ok(true);
        }
        let is_counted = store.is_counted(chunk).await?;
        if is_counted {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(chunk.clone());
        }
        Ok(is_counted)
    }
}

/// What was found out about a lead.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) missing: usize,
    pub(super) repaired: usize,
    pub(super) differing: usize,
    /// What is booked of it and counted, after the repair.
    pub(super) booked: Vec<BookedEvent>,
    /// Those of it that were repaired.
    pub(super) added: Vec<BookedEvent>,
}

/// A lead's events as they should be, against what is booked.
#[derive(Debug, Default)]
struct Compared {
    missing: Vec<(LeadId, Event)>,
    /// Names of events that are booked otherwise.
    differing: Vec<String>,
}

impl Run<'_> {
    /// Looks at a lead, and books what is missing of it. What seems to be wrong is looked at once more first, the lead last:
    /// read later than its events, it knows of all of them.
    pub(super) async fn lead(&self, lead: &Lead) -> Result<Found, Error> {
        let booked = self.booked(lead.id).await?;
        let compared = self.compare(lead, &booked);
        if compared.is_as_it_should() {
            return Ok(Found { booked, ..Found::default() });
        }
        let store = &self.app.store;
        let booked = self.booked(lead.id).await?;
        let Some(lead) = store.lead(lead.id).await? else { return Ok(Found::default()) };
        let Compared { missing, differing } = self.compare(&lead, &booked);
        for name in &differing {
            tracing::error!(lead_id = %lead.id, event = name, "an event is booked otherwise than the lead says");
        }
        let found = Found { missing: missing.len(), differing: differing.len(), ..Found::default() };
        if missing.is_empty() {
            return Ok(Found { booked, ..found });
        }
        let names: BTreeSet<String> = missing.iter().map(|(_, event)| event.name.clone()).collect();
        tracing::warn!(lead_id = %lead.id, events = ?names, "events of a lead were not booked");
        let repaired = store.book(missing, lambda::new_draw(), self.now()).await?.counted;
        store.put_finders(&finders(None, &lead), &self.app.identity).await?;
        let booked = self.booked(lead.id).await?;
        let added = booked.iter().filter(|one| names.contains(one.happened.name())).cloned().collect();
        Ok(Found { repaired, booked, added, ..found })
    }

    /// What is booked of a lead and counted.
    pub(super) async fn booked(&self, lead: LeadId) -> Result<Vec<BookedEvent>, Error> {
        let store = &self.app.store;
        let mut counted = Vec::new();
        for event in store.lead_entries(lead).await? {
            if self.counted.has(store, &event.chunk).await? {
                counted.push(event);
            }
        }
        Ok(counted)
    }

    fn compare(&self, lead: &Lead, booked: &[BookedEvent]) -> Compared {
        let Ok(events) = events(lead) else {
            return Compared { differing: vec!["amount_overflow".to_owned()], ..Compared::default() };
        };
        let known: BTreeMap<&str, &Event> = booked.iter().filter_map(of_lead).collect();
        let now_known = |name: &str| events.iter().find(|event| event.name == name);
        let last = events.iter().map(|event| event.at).max().unwrap_or(lead.received);
        let is_settled = |at: Timestamp| later(at, SETTLED_AFTER) <= self.now();
        // When it was unsold no more stands nowhere; it was no later than its last move.
        let is_at_rest = lead.deliveries.values().all(|delivery| is_settled(delivery.since));
        let mut compared = Compared::default();
        for (name, event) in &known {
            match (now_known(name), event.reopened(last), event.takes_back()) {
                (Some(expected), ..) if expected == *event => {}
                (None, Some(reopened), _) if known.contains_key(reopened.name.as_str()) => {}
                (None, Some(reopened), _) => compared.missing.extend(is_at_rest.then_some((lead.id, reopened))),
                (None, None, Some(unsold)) if known.contains_key(unsold.name.as_str()) => {}
                (None, None, Some(unsold)) => compared.missing.push((lead.id, unsold)),
                (Some(_), ..) | (None, None, None) => compared.differing.push((*name).to_owned()),
            }
        }
        let new = events.iter().filter(|event| !known.contains_key(event.name.as_str()) && is_settled(event.at));
        compared.missing.extend(new.map(|event| (lead.id, event.clone())));
        compared
    }
}

impl Compared {
    fn is_as_it_should(&self) -> bool {
        self.missing.is_empty() && self.differing.is_empty()
    }
}

fn of_lead(booked: &BookedEvent) -> Option<(&str, &Event)> {
    match &booked.happened {
        Happened::Lead(event) => Some((event.name.as_str(), event)),
        Happened::Credit(_) => None,
    }
}
