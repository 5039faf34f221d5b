//! Booking: events are written down, claimed, and counted exactly once, whatever happens on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    id::LeadId,
    journal::{Event, booked_at, days},
};
use jiff::{Timestamp, civil::Date};
use ulid::Ulid;

use super::{
    ChunkId, Happened, Owner,
    chunk::{Chunk, ChunkIds, Fate, pause},
    claim::{Claimed, Claiming},
    event::Row,
    sums::{Target, targets},
};
use crate::{Error, Store};

/// A transaction has 100 items at most; one of them is the chunk's row, and some room is left.
const MAX_TARGETS: usize = 90;
/// A page of the journal reads whole chunks.
const MAX_EVENTS: usize = 200;
/// How often events are taken over that others are busy with.
const ROUNDS: u32 = 6;

/// An attempt is given up after this time: what it has drawn must not be written much later, see [`super::SETTLED_AFTER`].
/// Nothing takes as long, and `rollup` has a minute for all that it does.
const BOOKED_WITHIN: Duration = Duration::from_secs(45);

/// What became of events that were to be booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// They are counted from now on.
    pub counted: usize,
    /// They had been counted before.
    pub known: usize,
    /// Transactions that it took.
    pub chunks: usize,
}

/// A chunk in the making: what it adds to so far.
type Begun = (Vec<Row>, BTreeSet<Target>);

impl Store {
    /// Books events of leads: each is counted once, however often this is called with it, and whatever became of the earlier
    /// calls. An event that was counted before stays as it was then. `draw` is a ULID of this moment that nobody else uses,
    /// nor those that follow it.
    ///
    /// # Errors
    /// The table's; `Contended` when others kept booking the same events, or it took too long. Then nobody knows which of them
    /// are counted, and the same are to be booked again.
    pub async fn book(&self, events: Vec<(LeadId, Event)>, draw: Ulid, now: Timestamp) -> Result<Booked, Error> {
        self.book_within(BOOKED_WITHIN, events, draw, now).await
    }

    pub(super) async fn book_within(
        &self,
        limit: Duration,
        events: Vec<(LeadId, Event)>,
        draw: Ulid,
        now: Timestamp,
    ) -> Result<Booked, Error> {
        let booked = tokio::time::timeout(limit, self.book_all(events, draw, now)).await;
        booked.unwrap_or(Err(Error::Contended { what: "booking events in time" }))
    }

    async fn book_all(&self, events: Vec<(LeadId, Event)>, draw: Ulid, now: Timestamp) -> Result<Booked, Error> {
        let zone = self.zone().await?;
        let mut draw = ChunkIds { next: draw };
        let placeholder = draw.chunk(Date::ZERO);
        let mut rows: BTreeMap<(LeadId, String), Row> = BTreeMap::new();
        for (lead, event) in events {
            let booked = booked_at(event.at, now, &zone);
            let days = days(&event, booked, &zone);
            let key = (lead, event.name.clone());
            let row = Row::new(&Owner::Lead(lead), Happened::Lead(Box::new(event)), booked, days, placeholder.clone());
            // Twice in one batch, it would be found to be claimed by ourselves.
            rows.entry(key).or_insert(row);
        }
        let chunks = cut(rows.into_values().collect(), &mut draw);
        let mut claimed = self.claim(chunks, Claiming::New).await?;
        let mut booked = Booked::default();
        for round in 0..ROUNDS {
            let free = self.count(claimed, &mut booked).await?;
            if free.is_empty() {
                return Ok(booked);
            }
            if round > 0 {
                // Somebody else is at it too, and should come to an end before we claim the same again.
                tokio::time::sleep(pause(draw.next, round)).await;
            }
            // They never counted, so they may still be booked later than they once were to be.
            let free = free.into_iter().map(|row| row.unless_closed(now, &zone)).collect();
            claimed = self.claim(cut(free, &mut draw), Claiming::TakeOver).await?;
        }
        Err(Error::Contended { what: "booking events" })
    }

    /// Counts what is claimed, and finds out what became of what others have; the events that nobody will count are left.
    async fn count(&self, claimed: Claimed, booked: &mut Booked) -> Result<Vec<Row>, Error> {
        let mut free = Vec::new();
        for chunk in claimed.held {
            match self.apply(&chunk).await? {
                Fate::Applied => {
                    booked.counted += chunk.rows.len();
                    booked.chunks += 1;
                }
                Fate::Void => free.extend(chunk.rows),
            }
        }
        let mut others: BTreeMap<ChunkId, Vec<Row>> = BTreeMap::new();
        for row in claimed.others {
            others.entry(row.b.clone()).or_default().push(row);
        }
        for (chunk, rows) in others {
            match self.final_fate(&chunk).await? {
                Fate::Applied => booked.known += rows.len(),
                Fate::Void => free.extend(rows),
            }
        }
        Ok(free)
    }
}

/// Puts events together that are booked on the same day, as many as one transaction can count.
pub(super) fn cut(mut rows: Vec<Row>, draw: &mut ChunkIds) -> Vec<Chunk> {
    rows.sort_by_key(|row| (row.days.booked, row.booked_at));
    let mut begun: Vec<Begun> = Vec::new();
    for row in rows {
        let own = targets(&row);
        let takes = |(rows, known): &Begun| {
            let same_day = rows.first().is_some_and(|first| first.days.booked == row.days.booked);
            same_day && rows.len() < MAX_EVENTS && known.union(&own).count() <= MAX_TARGETS
        };
        match begun.last_mut().filter(|last| takes(last)) {
            Some((rows, known)) => {
                rows.push(row);
                known.extend(own);
            }
            None => begun.push((vec![row], own)),
        }
    }
    let chunk = |(rows, _): Begun| {
        let first = rows.first()?;
        let id = draw.chunk(first.days.booked);
        Some(Chunk { id, rows })
    };
    begun.into_iter().filter_map(chunk).collect()
}
