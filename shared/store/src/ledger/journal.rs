//! Reading what was booked: by lead, and day by day as the journal's pages.

use std::collections::HashMap;

use domain::{id::LeadId, journal::WRITTEN_WITHIN};
use jiff::{SignedDuration, Timestamp, civil::Date};
use ulid::Ulid;

use super::{
    BookedEvent, ChunkId,
    chunk::{ChunkRow, Fate},
    event::referred_to,
};
use crate::{
    Error, Page, Store,
    item::{Item, from_item, key_of, text},
    keys,
    rows::rows,
};

/// Chunks that are read at once.
const CHUNKS: i32 = 25;
/// Rows that one read by keys takes.
const BATCH: usize = 100;

/// Whatever was drawn longer ago is written by now, or never will be: booking is given up long before, the functions that
/// move credit end before, and clocks differ by less.
pub const SETTLED_AFTER: SignedDuration = WRITTEN_WITHIN;

/// An entry's place in the journal: its chunk, its number in there, and what it is called.
struct Listed {
    cursor: String,
    chunk: ChunkId,
    reference: String,
}

impl Store {
    /// Everything that counts about a lead, in the order in which it happened. What was booked in this moment may not be
    /// counted yet, and not stand in the journal of its day; see [`Store::is_counted`].
    ///
    /// # Errors
    /// The table's.
    pub async fn lead_entries(&self, lead: LeadId) -> Result<Vec<BookedEvent>, Error> {
        let rows = self.lead_rows(lead, keys::EVENTS, keys::EVENTS).await?;
        let mut events = rows.into_iter().map(BookedEvent::read).collect::<Result<Vec<_>, _>>()?;
        events.sort_by_key(|event| event.happened.at());
        Ok(events)
    }

    /// The rows about a lead whose sort keys are between two beginnings, those that begin so with them.
    pub(super) async fn lead_rows(&self, lead: LeadId, from: &str, to: &str) -> Result<Vec<Item>, Error> {
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(lead.to_string()))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(keys::behind(to)))
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await {
            rows.extend(page.map_err(Error::service("Query"))?.items.unwrap_or_default());
        }
        Ok(rows)
    }

    /// The entries that were booked on a day, in the order in which they were written, from behind `after` on. Of those of the
    /// last moments, see [`SETTLED_AFTER`], some may come in before others.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub async fn journal(&self, day: Date, after: Option<&str>, limit: u16) -> Result<Page<BookedEvent>, Error> {
        self.journal_until(day, after, keys::CHUNKS_END.to_owned(), limit).await
    }

    /// The same, without the last moments before `now`: nothing ever comes in before an entry that is listed so.
    ///
    /// # Errors
    /// As for [`Store::journal`].
    pub async fn settled_journal(
        &self,
        day: Date,
        after: Option<&str>,
        limit: u16,
        now: Timestamp,
    ) -> Result<Page<BookedEvent>, Error> {
        let until = now.checked_sub(SETTLED_AFTER).unwrap_or(Timestamp::MIN);
        self.journal_until(day, after, keys::chunks_before(until), limit).await
    }

    /// Whether the journal can have given such a cursor.
    pub fn is_journal_cursor(cursor: &str) -> bool {
        read_cursor(cursor).is_some()
    }

    async fn journal_until(
        &self,
        day: Date,
        after: Option<&str>,
        until: String,
        limit: u16,
    ) -> Result<Page<BookedEvent>, Error> {
        let mut listed = self.listed(day, after, until, usize::from(limit)).await?;
        let has_more = listed.len() > usize::from(limit);
        listed.truncate(limit.into());
        let last = listed.last().filter(|_| has_more).map(|one| one.cursor.clone());
        let mut items = Vec::with_capacity(listed.len());
        for some in listed.chunks(BATCH) {
            items.extend(self.entries(some).await?);
        }
        Ok(Page { items, unreadable: Vec::new(), last })
    }

    /// What is behind `after` in a day's chunks up to the key `until`, until there is more than `limit` of it.
    async fn listed(&self, day: Date, after: Option<&str>, until: String, limit: usize) -> Result<Vec<Listed>, Error> {
        let (from, known) = after.and_then(read_cursor).unwrap_or_else(|| (keys::CHUNKS_START.to_owned(), 0));
        if from > until {
            return Ok(Vec::new());
        }
        let asked = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :until")
            .expression_attribute_values(":pk", text(keys::booked(day)))
            .expression_attribute_values(":from", text(&from))
            .expression_attribute_values(":until", text(until))
            .limit(CHUNKS);
        let mut pages = asked.into_paginator().send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                let chunk: ChunkRow = from_item(item)?;
                if chunk.fate == Fate::Void {
                    continue;
                }
                let skipped = if chunk.sk == from { known } else { 0 };
                let id = chunk.id(day)?;
                let entries = chunk.entries.into_iter().enumerate().skip(skipped);
                listed.extend(entries.map(|(number, reference)| {
                    let cursor = format!("{}#{}", chunk.sk, number + 1);
                    Listed { cursor, chunk: id.clone(), reference }
                }));
            }
            if listed.len() > limit {
                break;
            }
        }
        Ok(listed)
    }

    /// The rows of up to a hundred entries, in their order.
    async fn entries(&self, listed: &[Listed]) -> Result<Vec<BookedEvent>, Error> {
        let mut keys: Vec<keys::Key> = Vec::with_capacity(listed.len());
        for key in listed.iter().filter_map(|one| referred_to(&one.reference)) {
            // An event that somebody deleted by hand is booked once more; one read takes no key twice.
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut found: HashMap<keys::Key, BookedEvent> = HashMap::new();
        // At half the price first; what was written in this moment may not be seen so.
        for consistent in [false, true] {
            let is_open = |key: &&keys::Key| !found.contains_key(*key);
            let open: Vec<keys::Key> = keys.iter().filter(is_open).cloned().collect();
            for row in rows(self.db.batch_get_item(), &self.tables.ledger, open, consistent).await? {
                found.insert(key_of(&row), BookedEvent::read(row)?);
            }
        }
        if found.len() == keys.len() {
            let entry = |one: &Listed| {
                let key = referred_to(&one.reference)?;
                // What was booked once more stands where it is counted.
                found.get(&key).filter(|event| event.chunk == one.chunk).cloned()
            };
            return Ok(listed.iter().filter_map(entry).collect());
        }
        Err(Error::Contended { what: "reading the journal" })
    }
}

/// The sort key of a chunk, and how many of its entries are known.
fn read_cursor(cursor: &str) -> Option<(String, usize)> {
    let (chunk, number) = cursor.rsplit_once('#')?;
    chunk.parse::<Ulid>().ok()?;
    Some((chunk.to_owned(), number.parse().ok()?))
}
