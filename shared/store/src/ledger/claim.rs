//! Claims: which chunk counts an event is written down before the chunk is.

use domain::time::rfc3339;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::{ChunkId, chunk::Chunk, event::Row};
use crate::{
    Error, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_attributes, text, to_item},
};

/// Events that are claimed at the same time.
const CONCURRENCY: usize = 16;

/// What became of claims.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    /// Chunks with the events that name them.
    pub(super) held: Vec<Chunk>,
    /// Events as they are in the table, where they name others' chunks.
    pub(super) others: Vec<Row>,
}

/// How a row is claimed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claiming {
    /// It is put, if there is none.
    New,
    /// It names another chunk, which is void.
    TakeOver,
}

impl Store {
    /// Makes events name these chunks. Either it is known in the end of every one which chunk it names, or this fails: a
    /// chunk must not be written without an event that may name it.
    pub(super) async fn claim(&self, chunks: Vec<Chunk>, how: Claiming) -> Result<Claimed, Error> {
        let mut claimed = Claimed::default();
        for Chunk { id, rows } in chunks {
            let claims = rows.into_iter().map(|row| async {
                match how {
                    Claiming::New => self.put_event(Row { b: id.clone(), ..row }).await,
                    Claiming::TakeOver => self.rename(row, id.clone()).await,
                }
            });
            let rows: Vec<Row> = stream::iter(claims).buffer_unordered(CONCURRENCY).try_collect().await?;
            let (held, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.b == id);
            claimed.others.extend(others);
            if !held.is_empty() {
                claimed.held.push(Chunk { id, rows: held });
            }
        }
        Ok(claimed)
    }

    /// Puts an event; if there is one, that one is told.
    async fn put_event(&self, row: Row) -> Result<Row, Error> {
        match self.put_unknown(&row).await? {
            None => Ok(row),
            Some(known) => from_item(known),
        }
    }

    /// Puts a row of the ledger; if there is one, that one is told, and stays.
    pub(super) async fn put_unknown(&self, row: &impl Serialize) -> Result<Option<Item>, Error> {
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.ledger)
            .set_item(Some(to_item(row)?))
            .condition_expression("attribute_not_exists(pk)");
        match put.written().await? {
            Written::Done(_) => Ok(None),
            Written::Refused(known) => Ok(Some(known.unwrap_or_default())),
        }
    }

    /// Makes an event name another chunk; if somebody else has done so, it is told as it is now.
    async fn rename(&self, row: Row, to: ChunkId) -> Result<Row, Error> {
        let update = self
            .db
            .update_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(row.key())))
            .condition_expression("b = :was")
            .update_expression("SET b = :now, ba = :booked, dy = :days")
            .expression_attribute_values(":was", text(row.b.to_string()))
            .expression_attribute_values(":now", text(to.to_string()))
            .expression_attribute_values(":booked", text(rfc3339(row.booked_at)))
            .expression_attribute_values(":days", serde_dynamo::to_attribute_value(row.days).map_err(Error::item)?);
        match update.written().await? {
            Written::Done(_) => Ok(Row { b: to, ..row }),
            Written::Refused(found) => from_item(found.unwrap_or_default()),
        }
    }
}
