//! Chunks: events that are counted together, once, in one transaction with their numbers.

use std::{fmt, str::FromStr, time::Duration};

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{event::Row, sums::Sums};
use crate::{
    Error, Store,
    conditional::is_passing,
    item::{Item, from_item, key_attributes, to_item},
    keys,
};

/// How often a transaction is tried that collides with others' over the same cells.
const TRIES: u32 = 8;

/// The id of a chunk, and its key: the day that it is booked on, and which one it is. That begins with the time of the
/// attempt to write it, so chunks of a day lie in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChunkId {
    day: Date,
    id: Ulid,
}

/// The text is not the id of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk is a day and a ULID")]
pub struct NoChunkId;

/// Draws ids that nobody else draws: each is one more than the one before. They carry the time of the attempt, also where it
/// takes over what an earlier one has left, so that nothing is put before what was listed long ago.
#[derive(Clone, Debug)]
pub(super) struct ChunkIds {
    pub(super) next: Ulid,
}

/// Events that name the same chunk.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) id: ChunkId,
    pub(super) rows: Vec<Row>,
}

/// Whether the events of a chunk count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// They do.
    Applied,
    /// They do not, and never will: others may count them.
    Void,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ChunkRow {
    pub(super) pk: String,
    pub(super) sk: String,
    #[serde(rename = "s")]
    pub(super) fate: Fate,
    /// Those of its events that are entries of the journal.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) entries: Vec<String>,
    /// All others: with the entries, everything that it counts.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) others: Vec<String>,
}

impl ChunkRow {
    /// Its id, as one of the chunks of a day.
    pub(super) fn id(&self, day: Date) -> Result<ChunkId, Error> {
        Ok(ChunkId { day, id: Ulid::from_string(&self.sk).map_err(Error::item)? })
    }
}

impl ChunkIds {
    /// For events that are booked on this day.
    pub(super) fn chunk(&mut self, day: Date) -> ChunkId {
        let id = self.next;
        self.next = Ulid(id.0.wrapping_add(1));
        ChunkId { day, id }
    }
}

impl ChunkId {
    pub(super) fn new(day: Date, id: Ulid) -> Self {
        Self { day, id }
    }

    pub(super) fn day(&self) -> Date {
        self.day
    }

    /// When the attempt to write it began.
    pub fn drawn_at(&self) -> Timestamp {
        let millisecond = i64::try_from(self.id.timestamp_ms()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)
    }

    /// Its shard among `count`: chunks that are written at the same time should seldom meet in the same cells.
    pub(super) fn shard(&self, count: u8) -> u8 {
        keys::ulid_shard(self.id, count)
    }

    fn key(&self) -> keys::Key {
        keys::chunk(self.day, self.id)
    }
}

impl fmt::Display for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.day, self.id)
    }
}

impl FromStr for ChunkId {
    type Err = NoChunkId;

    fn from_str(text: &str) -> Result<Self, NoChunkId> {
        let (day, id) = text.split_once('|').ok_or(NoChunkId)?;
        let id = Ulid::from_string(id).map_err(|_| NoChunkId)?;
        Ok(Self { day: day.parse().map_err(|_| NoChunkId)?, id })
    }
}

impl TryFrom<String> for ChunkId {
    type Error = NoChunkId;

    fn try_from(text: String) -> Result<Self, NoChunkId> {
        text.parse()
    }
}

impl From<ChunkId> for String {
    fn from(id: ChunkId) -> Self {
        id.to_string()
    }
}

impl Store {
    /// Whether the events that name this chunk are counted. While its worker may still be there, that can change.
    ///
    /// # Errors
    /// The table's.
    pub async fn is_counted(&self, chunk: &ChunkId) -> Result<bool, Error> {
        Ok(self.fate(chunk).await? == Some(Fate::Applied))
    }

    /// What will have become of the chunk from now on: if nobody has written it, nobody will.
    pub(super) async fn final_fate(&self, chunk: &ChunkId) -> Result<Fate, Error> {
        if let Some(fate) = self.fate(chunk).await? {
            return Ok(fate);
        }
        let put = self.put_chunk(chunk, Fate::Void, &[])?;
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.ledger)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Fate::Void),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => read_fate(failed.item.clone()),
                _ => Err(Error::service("PutItem")(error)),
            },
        }
    }

    async fn fate(&self, chunk: &ChunkId) -> Result<Option<Fate>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(chunk.key())))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(|item| read_fate(Some(item))).transpose()
    }

    /// Counts the events of a chunk, all or none.
    pub(super) async fn apply(&self, chunk: &Chunk) -> Result<Fate, Error> {
        let writes = self.applying(chunk).await?;
        for attempt in 0..TRIES {
            let written = self.db.transact_write_items().set_transact_items(Some(writes.clone())).send().await;
            let Err(error) = written else { return Ok(Fate::Applied) };
            let reasons = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled.cancellation_reasons().to_vec()
                }
                _ => return Err(Error::service("TransactWriteItems")(error)),
            };
            let refused = reasons.first().filter(|reason| reason.code() == Some("ConditionalCheckFailed"));
            if let Some(refused) = refused {
                return read_fate(refused.item().cloned());
            }
            if !reasons.iter().any(is_passing) {
                return Err(Error::service("TransactWriteItems")(error));
            }
            tokio::time::sleep(pause(chunk.id.id, attempt)).await;
        }
        Err(Error::Contended { what: "counting events" })
    }

    /// What has to be written for a chunk: its row first, unless there is one, and the numbers of its events.
    pub(super) async fn applying(&self, chunk: &Chunk) -> Result<Vec<TransactWriteItem>, Error> {
        let row = TransactWriteItem::builder().put(self.put_chunk(&chunk.id, Fate::Applied, &chunk.rows)?).build();
        let mut writes = vec![row];
        let sums = Sums::of(&chunk.rows).ok_or_else(|| Error::item(domain::money::MoneyError::Overflow))?;
        writes.extend(self.adding(&sums, &chunk.id).await?);
        Ok(writes)
    }

    fn put_chunk(&self, chunk: &ChunkId, fate: Fate, counted: &[Row]) -> Result<Put, Error> {
        let keys::Key { pk, sk } = chunk.key();
        let mut counted: Vec<&Row> = counted.iter().collect();
        counted.sort_by_key(|row| (row.booked_at, row.reference()));
        let (entries, others): (Vec<&Row>, _) = counted.into_iter().partition(|row| row.happened.entry().is_some());
        let [entries, others] = [entries, others].map(|rows| rows.into_iter().map(Row::reference).collect());
        Put::builder()
            .table_name(&self.tables.ledger)
            .set_item(Some(to_item(&ChunkRow { pk, sk, fate, entries, others })?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }
}

fn read_fate(item: Option<Item>) -> Result<Fate, Error> {
    let row: ChunkRow = from_item(item.unwrap_or_default())?;
    Ok(row.fate)
}

/// The wait before the next try: it doubles, and differs from one worker to another, who would else meet again.
pub(super) fn pause(id: Ulid, attempt: u32) -> Duration {
    let most = 20_u64 << attempt;
    let random = u64::try_from((id.0 >> 8) % 1_000).unwrap_or(0);
    Duration::from_millis(most / 2 + most * random / 2_000)
}
