//! A page: entries that may be meant, the leads behind them, and those of them that are.

use std::{collections::VecDeque, time::Instant};

use domain::{access::Principal, query::Entry};

use super::{
    Bounds, LeadsFound, Search,
    walk::{BATCH, Read, Walk, before, instant_of, read_items},
};
use crate::{Error, Store, keys};

/// The most entries that are wanted of one round, however few of them are meant.
const MOST_WANTED: usize = 4_000;

/// Read units that a page may take before it ends: leads that are much larger than others count for more.
const MAX_UNITS: f64 = 1_000.0;

/// A page while it is filled.
pub(super) struct Page<'a> {
    store: &'a Store,
    search: Search<'a>,
    bounds: Bounds,
    walk: Walk,
    /// Where it began.
    start: String,
    began: Instant,
    /// Entries that may be meant, newest first.
    queue: VecDeque<(String, Entry)>,
    /// Entries that it was handed so far.
    entries: usize,
    /// How many it asked for last.
    wanted: usize,
    /// How many of those that may be meant were looked at.
    judged: usize,
    found: LeadsFound,
}

impl<'a> Page<'a> {
    /// An empty one, at the beginning of a walk.
    pub(super) fn new(store: &'a Store, search: Search<'a>, bounds: Bounds, walk: Walk) -> Self {
        Self {
            store,
            search,
            bounds,
            start: walk.position().to_owned(),
            walk,
            began: Instant::now(),
            queue: VecDeque::new(),
            entries: 0,
            wanted: 0,
            judged: 0,
            found: LeadsFound::default(),
        }
    }

    /// How many leads it looks for. That there is more may be told to the seller as soon as there may be; to others it would tell of leads that
    /// are not theirs, so for them one more has to be there.
    fn target(&self) -> usize {
        self.bounds.leads.saturating_add(usize::from(*self.search.viewer != Principal::Seller))
    }

    /// Fills it. It ends before it is full where as much has been done as may be, but not before it has got anywhere.
    pub(super) async fn fill(mut self) -> Result<LeadsFound, Error> {
        loop {
            let is_full = self.found.leads.len() >= self.target();
            if !self.queue.is_empty() {
                if is_full || self.may_read() == 0 {
                    return Ok(self.ended(true));
                }
                self.judge().await?;
            } else if self.walk.is_over() {
                return Ok(self.ended(false));
            } else if self.is_spent() {
                return Ok(self.ended(true));
            } else {
                self.advance().await?;
            }
        }
    }

    /// Takes the next entries of the walk that may be meant.
    async fn advance(&mut self) -> Result<(), Error> {
        self.wanted = self.wants();
        let entries = self.walk.round(self.store, self.wanted).await?;
        self.entries += entries.len();
        self.queue.extend(entries.into_iter().filter(|(_, entry)| self.search.query.may_take(entry)));
        Ok(())
    }

    /// How many entries the next round should bring: one more than is missing tells whether there are more; many more where few
    /// of them are meant.
    fn wants(&self) -> usize {
        let missing = (self.target().saturating_sub(self.found.leads.len()) + 1).min(MOST_WANTED);
        if self.entries == 0 {
            return missing;
        }
        let likely = missing.saturating_mul(self.entries) / (self.found.leads.len() + 1);
        likely.min(self.wanted.saturating_mul(2)).clamp(missing, MOST_WANTED)
    }

    /// Reads some of the leads that may be meant, and keeps those that are.
    async fn judge(&mut self) -> Result<(), Error> {
        let count = self.batch().min(self.queue.len());
        let ids: Vec<_> = self.queue.iter().take(count).map(|(_, entry)| entry.lead).collect();
        let unread: Vec<_> = ids.iter().copied().filter(|id| !self.walk.read.contains_key(id)).collect();
        let mut read: Read = ids.iter().filter_map(|id| self.walk.read.remove_entry(id)).collect();
        for consistent in [false, true] {
            // An index may know of a lead before those who are asked for it at half the price do.
            let missing: Vec<_> = unread.iter().copied().filter(|id| !read.contains_key(id)).collect();
            if missing.is_empty() {
                break;
            }
            let (items, took) = self.store.lead_items(&missing, consistent).await?;
            self.found.examined = self.found.examined.and(took);
            read.extend(read_items(items));
        }
        for id in ids {
            if self.found.leads.len() >= self.target() {
                break;
            }
            self.queue.pop_front();
            self.judged += 1;
            match read.remove(&id) {
                Some(Ok(lead)) if self.search.query.takes(&lead, self.search.viewer) => self.found.leads.push(lead),
                // Whose it is nobody can tell, so only the seller hears of it.
                Some(Err(row)) if *self.search.viewer == Principal::Seller => {
                    tracing::error!(error = %row, "a lead is left out");
                    self.found.unreadable.push(row);
                }
                Some(Ok(_) | Err(_)) | None => {}
            }
        }
        Ok(())
    }

    /// How many leads are read at once: as many as are wanted, and more where few of them are meant.
    fn batch(&self) -> usize {
        let (found, missing) = (self.found.leads.len(), self.target().saturating_sub(self.found.leads.len()));
        let likely = if self.judged > found * 2 { missing.saturating_mul(self.judged) / (found + 1) } else { missing };
        likely.clamp(missing.max(1), BATCH.max(missing)).min(BATCH).min(self.may_read())
    }

    /// How many leads may still be read.
    fn may_read(&self) -> usize {
        // Whoever may read nothing would never get anywhere.
        let left = self.bounds.max_read.max(1).saturating_sub(self.judged);
        let is_enough = self.began.elapsed() >= self.bounds.within || self.found.examined.read_units >= MAX_UNITS;
        if self.judged > 0 && is_enough { 0 } else { left }
    }

    /// Whether as much has been done as may be, and it has got somewhere.
    fn is_spent(&self) -> bool {
        let is_spent = self.walk.examined.entries >= self.bounds.max_entries
            || self.judged >= self.bounds.max_read.max(1)
            || self.began.elapsed() >= self.bounds.within;
        is_spent && *self.walk.position() < *self.start
    }

    /// The page as it is, and where the next one begins if there may be one.
    fn ended(self, has_more: bool) -> LeadsFound {
        let Self { walk, queue, mut found, search, bounds, .. } = self;
        let mut position = queue.front().map_or_else(|| walk.position().to_owned(), |(sk, _)| before(sk));
        let mut has_more = has_more;
        while found.leads.len() > bounds.leads {
            let Some(lead) = found.leads.pop() else { break };
            position = before(&keys::received(lead.id, lead.received));
            has_more = true;
        }
        found.examined = found.examined.and(walk.examined);
        if has_more {
            found.searched_to = instant_of(&position).filter(|_| *search.viewer == Principal::Seller);
            found.next = Some(position);
        }
        found
    }
}
