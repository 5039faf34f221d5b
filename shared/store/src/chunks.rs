//! Places that a file of returns sets aside under its buyer's share, so that each of its rows is one write of a lead.
//!
//! A chunk stands in the share's row, with the rows that may take it up, and lives from one checkpoint of the file to the next:
//! whoever goes on behind a crash finds it, sees on the leads which of those rows have taken a place, and has the others left. So
//! the share counts too much for a while, and never too little. A row that was done before, by a chunk that was given back
//! since, is no chunk's any more: the rows of its batch take their places one by one.

mod month;

use std::{collections::BTreeMap, ops::RangeInclusive};

use domain::{
    id::{BuyerRef, ReturnFileId},
    lead::{Lead, Return},
    returned::{ReturnId, Room, ShareOf},
};
use jiff::{Timestamp, civil::Date};
use tokio::sync::Mutex;

use self::month::{Month, Next};
use crate::{
    Error, Store,
    conditional::{Written, pause},
    share::{ChunkMove, PlaceFrom, SHARE_OF_RETURNS, Set},
};

/// How often others may change the share while a chunk is set aside.
const TRIES: u32 = 8;
/// What is contended where another worker of the same file is at it.
const ANOTHER_WORKER: &str = "the places of a file";

/// What the claim of a row is called: the same whenever the row is read.
pub fn row_order(file: ReturnFileId, row: u64) -> String {
    format!("{}.{row}", file.ulid())
}

/// The return of a lead that a claim of this name has made.
pub fn made_by<'a>(lead: &'a Lead, order: &str) -> Option<(ReturnId, &'a Return)> {
    let mut returns = lead.sales().flat_map(|(did, _, sale)| sale.returns().map(move |back| (did, back)));
    let (did, back) = returns.find(|(_, back)| !back.by_seller && back.order.as_deref() == Some(order))?;
    Some((ReturnId { lead: lead.id, number: back.number, did: did.clone() }, back))
}

/// The places of one file, for the one worker that reads it.
#[derive(Debug)]
pub struct ShareChunks {
    store: Store,
    bid: BuyerRef,
    file: ReturnFileId,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The batch that is worked on.
    rows: RangeInclusive<u64>,
    months: BTreeMap<Date, Month>,
    /// Shares that are used up: asked for once in a batch.
    full: Vec<Room>,
}

impl ShareChunks {
    /// The places of a file, as they were found.
    pub(crate) fn found(store: &Store, bid: &BuyerRef, file: ReturnFileId, found: BTreeMap<Date, Set>) -> Self {
        let months = found.into_iter().map(|(month, set)| (month, Month::found(set))).collect();
        let state = Mutex::new(State { rows: 0..=0, months, full: Vec::new() });
        Self { store: store.clone(), bid: bid.clone(), file, state }
    }

    /// Begins a batch of rows; what became of each row before them must be known. `found` are the leads that they may be about, as
    /// they are now: rows that were done before are known by them.
    pub async fn begin_rows(&self, rows: RangeInclusive<u64>, found: &[(u64, &Lead)]) {
        let mut state = self.state.lock().await;
        let last = *rows.end();
        state.rows = rows;
        state.full.clear();
        state.months.values_mut().for_each(Month::begin);
        for (row, lead) in found {
            if let Some(month) = self.month_taken(*row, lead) {
                state.months.entry(month).or_default().recognise(*row);
            }
        }
        state.months.values_mut().for_each(|month| month.seen(last));
    }

    /// How much of the share is left for a row, and where it takes its place from: one is kept for it if there is any.
    pub(crate) async fn place(&self, row: u64, of: &ShareOf, now: Timestamp) -> Result<(Room, PlaceFrom), Error> {
        let mut state = self.state.lock().await;
        if state.months.get(&of.month).is_some_and(|month| month.is_apart(row)) {
            drop(state);
            return Ok((self.store.share_of_returns(of.clone(), now).await?, PlaceFrom::Share));
        }
        let State { rows, months, full } = &mut *state;
        let month = months.entry(of.month).or_default();
        for attempt in 0..TRIES {
            let Some(sales) = month.sales else {
                self.ask(month, of, now).await?;
                continue;
            };
            let limit = Room::new(of.clone(), sales, 0).limit;
            match month.next(row, rows, limit) {
                // As many are taken as may be, less the one that is kept for it.
                Next::Kept => {
                    let room = Room { of: of.clone(), limit, taken: limit.saturating_sub(1) };
                    return Ok((room, PlaceFrom::Chunk));
                }
                Next::Full => {
                    if let Some(room) = full.iter().find(|room| room.of == *of) {
                        return Ok((room.clone(), PlaceFrom::Chunk));
                    }
                    let room = self.ask(month, of, now).await?;
                    if room.taken >= room.limit {
                        full.push(room.clone());
                        return Ok((room, PlaceFrom::Chunk));
                    }
                }
                Next::Move { after, by } => {
                    let limit = (by > 0).then_some(limit);
                    let to = ChunkMove { before: month.chunk.as_ref(), after: Some(&after), by, limit };
                    match self.store.move_chunk(&self.bid, of.month, self.file, to).await? {
                        Written::Done(set) => month.moved(set),
                        Written::Refused(set) if set.chunk == month.chunk => {
                            month.taken = set.taken;
                            tokio::time::sleep(pause(attempt)).await;
                        }
                        Written::Refused(_) => return Err(Error::Contended { what: ANOTHER_WORKER }),
                    }
                }
            }
        }
        Err(Error::Contended { what: SHARE_OF_RETURNS })
    }

    /// What became of a row is known: its lead as it is by then; none: it is not there.
    pub(crate) async fn settle(&self, row: u64, lead: Option<&Lead>) {
        let taken = lead.and_then(|lead| self.month_taken(row, lead));
        let mut state = self.state.lock().await;
        for (month, places) in &mut state.months {
            if taken != Some(*month) {
                places.give_up(row);
            }
        }
        if let Some(places) = taken.and_then(|month| state.months.get_mut(&month)) {
            places.recognise(row);
        }
    }

    /// Gives back what no row has taken up: before a checkpoint is saved, behind which nobody would see which rows have, and at
    /// the end. What became of all rows so far must be known. It may be repeated.
    ///
    /// # Errors
    /// The table's; then it is to be repeated. `Contended`: another worker is at this file.
    pub async fn give_back(&self) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let last = *state.rows.end();
        for (month, places) in &mut state.months {
            places.begin();
            let Some((after, by)) = places.given_back(last) else { continue };
            let to = ChunkMove { before: places.chunk.as_ref(), after: after.as_ref(), by, limit: None };
            match self.store.move_chunk(&self.bid, *month, self.file, to).await? {
                Written::Done(set) => places.moved(set),
                Written::Refused(_) => return Err(Error::Contended { what: ANOTHER_WORKER }),
            }
        }
        Ok(())
    }

    /// Asks how many may come back; the seller is told when that is all.
    async fn ask(&self, month: &mut Month, of: &ShareOf, now: Timestamp) -> Result<Room, Error> {
        let (room, sales) = self.store.share_and_sales(of.clone(), now).await?;
        (month.sales, month.taken) = (Some(sales), room.taken);
        Ok(room)
    }

    /// The month whose share a row has taken a place of, by the lead.
    fn month_taken(&self, row: u64, lead: &Lead) -> Option<Date> {
        Some(made_by(lead, &row_order(self.file, row))?.1.share?.month)
    }
}
