//! Going through all leads on a way, newest first, in rounds.

use std::collections::HashMap;

use domain::{
    id::{CampaignRef, LeadId},
    lead::{Lead, SoldStatus},
    query::{Entry, Path},
    time::months_back,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Examined, Search,
    sources::{self, Source, Spread},
    stretch::Stretch,
};
use crate::{
    Error, Identity, Store, Unreadable,
    item::{Item, read},
    keys,
    rows::charged_rows,
};

/// Leads that one batch read takes.
pub(super) const BATCH: usize = 100;

/// Leads as they were read, or why they cannot be.
pub(super) type Read = HashMap<LeadId, Result<Lead, Unreadable>>;

/// Behind all leads of an instant.
const LAST: char = '~';

/// A walk, and how far it has got.
#[derive(Debug)]
pub(super) struct Walk {
    way: Way,
    /// No sort key below this one is meant.
    low: String,
    /// Everything above it has been handed out, and nothing that has it or stands below.
    position: String,
    /// The first instant that is meant, and one of the month that comes next.
    from: Timestamp,
    next: Option<Timestamp>,
    current: Option<Stretch>,
    /// Leads that had to be read to know when they came in.
    pub(super) read: Read,
    /// What it has taken so far.
    pub(super) examined: Examined,
}

/// A path, with what has to be known to walk it.
#[derive(Debug)]
enum Way {
    /// All time at once: what was read by id, and the indexes of persons.
    Identified { entries: Vec<(String, Entry)>, sources: Vec<Source> },
    /// Month by month.
    Campaigns(Vec<(CampaignRef, Spread)>),
    /// Month by month.
    Fixed(Path),
}

impl Store {
    /// A walk on a path, from behind `after` on.
    pub(super) async fn walk(
        &self,
        identity: &Identity,
        search: &Search<'_>,
        after: Option<&str>,
    ) -> Result<Walk, Error> {
        let span = search.query.received;
        let end = keys::received_until(span.until);
        let position = after.map_or(end.as_str(), |after| after.min(end.as_str())).to_owned();
        let newest = instant_of(&position).ok_or_else(|| Error::item(NoPosition))?;
        let (mut read, mut examined) = (Read::new(), Examined::default());
        let way = match search.path {
            Path::Identified { leads, emails, phones } => {
                let ids: Vec<LeadId> = leads.iter().copied().collect();
                let mut entries = Vec::new();
                for batch in ids.chunks(BATCH) {
                    let (items, took) = self.lead_items(batch, false).await?;
                    examined = examined.and(took);
                    entries.extend(items.iter().filter_map(entry_of));
                    read.extend(read_items(items));
                }
                let emails = emails.iter().map(|email| (keys::BY_EMAIL, "ge", identity.email(email)));
                let phones = phones.iter().map(|phone| (keys::BY_PHONE, "gp", identity.phone(phone.as_str())));
                let index = |(index, hash, partition)| Source::Index { index, hash, partition };
                Way::Identified { entries, sources: emails.chain(phones).map(index).collect() }
            }
            Path::Campaigns(campaigns) => {
                let mut spreads = Vec::with_capacity(campaigns.len());
                for campid in campaigns {
                    spreads.push((campid.clone(), self.spread(campid).await?));
                }
                Way::Campaigns(spreads)
            }
            other @ (Path::Suppliers(_) | Path::Statuses(_) | Path::Listed(_)) => Way::Fixed(other.clone()),
        };
        let low = keys::received_before(span.from);
        let next = Some(newest).filter(|newest| *newest >= span.from);
        let mut walk = Walk { way, low, position, from: span.from, next, current: None, read, examined };
        walk.enter();
        Ok(walk)
    }

    /// The rows of up to 100 leads that are there: as they are now, or at half the price, as they were a moment ago.
    pub(super) async fn lead_items(&self, ids: &[LeadId], consistent: bool) -> Result<(Vec<Item>, Examined), Error> {
        let keys = ids.iter().map(|id| keys::lead(*id));
        let (items, mut examined) =
            charged_rows(self.db.batch_get_item(), &self.tables.leads, keys, consistent).await?;
        examined.leads = items.len();
        Ok((items, examined))
    }
}

impl Walk {
    /// Whether everything has been handed out.
    pub(super) fn is_over(&self) -> bool {
        self.current.is_none()
    }

    /// Everything above it has been handed out, and nothing else.
    pub(super) fn position(&self) -> &str {
        &self.position
    }

    /// The next entries, newest first; there may be none yet, though it is not over. `wanted` says about how many are.
    pub(super) async fn round(&mut self, store: &Store, wanted: usize) -> Result<Vec<(String, Entry)>, Error> {
        let Some(stretch) = &mut self.current else { return Ok(Vec::new()) };
        let took = stretch.read(store, (&self.low, &self.position), wanted).await?;
        self.examined = self.examined.and(took);
        let found = stretch.hand_out();
        match stretch.floor() {
            Some(floor) => self.position = self.position.as_str().min(floor).to_owned(),
            None => {
                self.position = self.position.as_str().min(stretch.begins()).to_owned();
                self.enter();
            }
        }
        Ok(found)
    }

    /// Goes into the next month in which there can be something.
    fn enter(&mut self) {
        self.current = None;
        while let Some(at) = self.next.take() {
            let Some(month) = months_back(at, at).next() else { return };
            let begins = match self.way {
                Way::Identified { .. } => self.low.clone(),
                Way::Campaigns(_) | Way::Fixed(_) => {
                    let before = month.checked_sub(SignedDuration::from_millis(1)).ok();
                    self.next = before.filter(|before| *before >= self.from);
                    keys::received_before(month)
                }
            };
            if self.position > begins && self.position > self.low {
                self.current = Some(self.stretch(begins, month));
                return;
            }
        }
    }

    fn stretch(&mut self, begins: String, month: Timestamp) -> Stretch {
        let index = |index, hash, partition| Source::Index { index, hash, partition };
        match &mut self.way {
            Way::Identified { entries, sources } => {
                let (low, position) = (&self.low, &self.position);
                entries.retain(|(sk, _)| sk >= low && sk < position);
                Stretch::still(begins, std::mem::take(sources), std::mem::take(entries))
            }
            Way::Campaigns(campaigns) => {
                let parts = campaigns.iter().flat_map(|(campid, spread)| sources::of_campaign(campid, spread, month));
                Stretch::still(begins, parts.collect(), Vec::new())
            }
            Way::Fixed(Path::Suppliers(suppliers)) => {
                let parts = suppliers.iter().flat_map(|sid| {
                    let parts = 0..keys::SUPPLIER_SHARDS;
                    parts.map(move |shard| index(keys::BY_SUPPLIER, "gs", keys::by_supplier(sid, month, shard)))
                });
                Stretch::still(begins, parts.collect(), Vec::new())
            }
            Way::Fixed(Path::Listed(lists)) => {
                let list = |listing: &_| Source::List {
                    partition: keys::listing(listing, month),
                    listing: Clone::clone(listing),
                };
                Stretch::still(begins, lists.iter().map(list).collect(), Vec::new())
            }
            Way::Fixed(Path::Statuses(wanted)) => {
                let ranks = SoldStatus::ALL.into_iter().filter(|status| wanted.contains(status)).map(|status| {
                    let parts = 0..keys::status_shards(status);
                    parts.map(|shard| index(keys::BY_STATUS, "gt", keys::by_status(status, month, shard))).collect()
                });
                Stretch::moving(begins, ranks.collect())
            }
            Way::Fixed(Path::Identified { .. } | Path::Campaigns(_)) => Stretch::still(begins, Vec::new(), Vec::new()),
        }
    }
}

/// Rows as leads, by their ids.
pub(super) fn read_items(items: Vec<Item>) -> impl Iterator<Item = (LeadId, Result<Lead, Unreadable>)> {
    items.into_iter().filter_map(|item| Some((crate::item::key_of(&item).pk.parse().ok()?, read(item))))
}

/// A lead's entry, by its own row: one that cannot be read has its place too.
fn entry_of(item: &Item) -> Option<(String, Entry)> {
    sources::entry(item.get("gr")?.as_s().ok()?.clone(), None)
}

/// When leads at a position came in.
pub(super) fn instant_of(position: &str) -> Option<Timestamp> {
    position.split(['#', LAST]).next()?.parse().ok()
}

/// Just above the lead with this sort key.
pub(super) fn before(sk: &str) -> String {
    format!("{sk}{LAST}")
}

/// What should be a position is none.
#[derive(Debug, thiserror::Error)]
#[error("leads cannot be looked for from such a place on")]
struct NoPosition;
