//! The history of leads: entries in a chain, each with a keyed hash that goes on from the one before, so that it shows where one
//! was changed, put in or taken out. Entries that are missing at the end leave no trace in it.

use std::collections::BTreeSet;

use domain::{
    history::{Entry, Step},
    id::LeadId,
    lead::Actor,
};
use serde::Serialize;

use super::BookedEvent;
use crate::{
    Error, Identity, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_of, text, to_item},
    keys,
};

/// Those who write the history of one lead at the same time are few, and each finds what the others wrote.
const TRIES: usize = 10;
/// More entries than any lead has: five digits of a key.
const MAX_ENTRIES: u32 = 99_999;

/// What was done to a lead in one write of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneToLead {
    /// The version that was written.
    pub version: u64,
    /// Who did it; none: it came about by itself.
    pub by: Option<Actor>,
    /// What was done, in an order that is always the same.
    pub steps: Vec<Step>,
}

/// The history of a lead as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Its entries, as they were written down; without those that cannot be read.
    pub entries: Vec<Entry>,
    /// Where it is not any more as it was written; none: it is.
    pub broken: Option<BrokenAt>,
}

/// The entry with this number is not what was written, or not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the history is not as it was written from entry {0} on")]
pub struct BrokenAt(pub u32);

/// An entry as it is to be written.
#[derive(Serialize)]
struct Row<'a> {
    pk: String,
    sk: String,
    #[serde(rename = "e")]
    entry: &'a Entry,
    /// The greatest version that it or an entry before it is about: what is greater is not in the history yet.
    m: u64,
    h: &'a str,
}

/// An entry as it was found. What cannot be read of it must not keep others from being written behind it.
struct Found {
    n: u32,
    entry: Option<Entry>,
    greatest: u64,
    hash: String,
}

/// Where a history ends.
struct End {
    n: u32,
    greatest: u64,
    hash: String,
    /// What it tells of the versions that matter.
    told: BTreeSet<(u64, u16)>,
}

impl Store {
    /// Writes down what was done to a lead, and says in how many entries; what is written down already is left as it is, however
    /// often, in whatever pieces and by how many workers it comes. What came about later comes behind what was there before.
    ///
    /// # Errors
    /// The table's; then the same is to be written again. `Contended` when others kept writing.
    pub async fn append_history(&self, lead: LeadId, done: &[DoneToLead], identity: &Identity) -> Result<usize, Error> {
        let Some(first) = done.iter().map(|one| one.version).min() else { return Ok(0) };
        let mut added = 0;
        for attempt in 0..TRIES {
            // At half the price first: whoever does not see the end finds its place taken.
            let mut end = self.end_of_history(lead, first, attempt > 0, identity).await?;
            let mut is_taken = false;
            for entry in end.entries_behind(done) {
                let greatest = end.greatest.max(entry.version);
                let hash = identity.chained(&end.hash, &canonical(&entry, greatest)?);
                if !self.put_history(lead, &entry, greatest, &hash).await? {
                    is_taken = true;
                    break;
                }
                (added, end.greatest, end.hash) = (added + 1, greatest, hash);
            }
            if !is_taken {
                return Ok(added);
            }
        }
        Err(Error::Contended { what: "the history of a lead" })
    }

    /// Everything that counts about a lead, as [`Store::lead_entries`], and its history, in one query.
    ///
    /// # Errors
    /// The table's.
    pub async fn lead_entries_and_history(
        &self,
        lead: LeadId,
        identity: &Identity,
    ) -> Result<(Vec<BookedEvent>, History), Error> {
        let rows = self.lead_rows(lead, keys::EVENTS, keys::HISTORY).await?;
        let (mut events, mut found) = (Vec::new(), Vec::new());
        for row in rows {
            let sk = key_of(&row).sk;
            if sk.starts_with(keys::EVENTS) {
                events.push(BookedEvent::read(row)?);
            } else {
                found.extend(Found::read(&sk, row));
            }
        }
        events.sort_by_key(|event| event.happened.at());
        let broken = verify(lead, &found, identity).err();
        Ok((events, History { entries: found.into_iter().filter_map(|one| one.entry).collect(), broken }))
    }

    async fn end_of_history(
        &self,
        lead: LeadId,
        first: u64,
        consistent: bool,
        identity: &Identity,
    ) -> Result<End, Error> {
        let asked = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            // What somebody else has put behind the last that there can be is no end of it.
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(lead.to_string()))
            .expression_attribute_values(":first", text(keys::history(lead, 0).sk))
            .expression_attribute_values(":last", text(keys::history(lead, MAX_ENTRIES).sk))
            .scan_index_forward(false)
            .limit(1)
            .consistent_read(consistent);
        let items = asked.send().await.map_err(Error::service("Query"))?.items.unwrap_or_default();
        let last = items.into_iter().find_map(|item| Found::read(&key_of(&item).sk, item));
        let Some(last) = last else {
            return Ok(End { n: 0, greatest: 0, hash: identity.chain(lead), told: BTreeSet::new() });
        };
        let told = if last.greatest < first { BTreeSet::new() } else { self.told(lead).await? };
        Ok(End { n: last.n, greatest: last.greatest, hash: last.hash, told })
    }

    /// What the history tells: for a change that comes again, or late.
    async fn told(&self, lead: LeadId) -> Result<BTreeSet<(u64, u16)>, Error> {
        let rows = self.lead_rows(lead, keys::HISTORY, keys::HISTORY).await?;
        let found = rows.into_iter().filter_map(|row| Found::read(&key_of(&row).sk, row)?.entry);
        Ok(found.map(|entry| (entry.version, entry.index)).collect())
    }

    /// Whether the entry stands there now: no if its place was taken.
    async fn put_history(&self, lead: LeadId, entry: &Entry, m: u64, h: &str) -> Result<bool, Error> {
        let keys::Key { pk, sk } = keys::history(lead, entry.n);
        let row = to_item(&Row { pk, sk, entry, m, h })?;
        let put = self.db.put_item().table_name(&self.tables.ledger).set_item(Some(row));
        let written = put.condition_expression("attribute_not_exists(pk)").written().await?;
        Ok(matches!(written, Written::Done(_)))
    }
}

impl Found {
    fn read(sk: &str, mut row: Item) -> Option<Self> {
        let n = keys::history_number(sk)?;
        let entry = row.remove("e").and_then(|entry| from_item(entry.as_m().ok()?.clone()).ok());
        let greatest = row.get("m").and_then(|m| m.as_n().ok()?.parse().ok()).unwrap_or(u64::MAX);
        let hash = row.get("h").and_then(|hash| hash.as_s().ok()).cloned().unwrap_or_default();
        Some(Self { n, entry, greatest, hash })
    }
}

impl End {
    /// The entries that are still to be written, behind it.
    fn entries_behind(&self, done: &[DoneToLead]) -> Vec<Entry> {
        let mut by_version: Vec<&DoneToLead> = done.iter().collect();
        by_version.sort_by_key(|one| one.version);
        let mut told = self.told.clone();
        let mut entries = Vec::new();
        for DoneToLead { version, by, steps } in by_version {
            for (index, step) in (0..).zip(steps) {
                if told.insert((*version, index)) {
                    let n = (self.n + 1).saturating_add(u32::try_from(entries.len()).unwrap_or(u32::MAX));
                    entries.push(Entry { n, version: *version, index, by: by.clone(), step: step.clone() });
                }
            }
        }
        entries
    }
}

/// Whether the entries of a lead are as they were written, and all that were written before them are there.
fn verify(lead: LeadId, found: &[Found], identity: &Identity) -> Result<(), BrokenAt> {
    let mut hash = identity.chain(lead);
    for (number, one) in (1..).zip(found) {
        let entry = one.entry.as_ref().filter(|entry| entry.n == number && one.n == number);
        let text = entry.and_then(|entry| canonical(entry, one.greatest).ok()).ok_or(BrokenAt(number))?;
        hash = identity.chained(&hash, &text);
        if hash != one.hash {
            return Err(BrokenAt(number));
        }
    }
    Ok(())
}

/// The text that the hash of an entry is made of: the greatest version up to it, and its fields in their order, nothing empty.
fn canonical(entry: &Entry, greatest: u64) -> Result<String, Error> {
    Ok(format!("{greatest} {}", serde_json::to_string(entry).map_err(Error::item)?))
}
