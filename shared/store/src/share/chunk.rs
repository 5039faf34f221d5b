//! Places under a share that a file of returns has set aside, an attribute (`h#file`) each: they count as taken, and the rows that
//! may take them up are known, so that after a crash it can be told how many did.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::id::{BuyerRef, ReturnFileId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Row;
use crate::{
    Error, ShareChunks, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_attributes, key_of, number, text},
    keys,
};

/// Places that a file has set aside under the share of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    /// How many; what rows before the first have taken up is not among them.
    #[serde(rename = "p")]
    pub(crate) places: u32,
    /// The first row that may take one.
    #[serde(rename = "f")]
    pub(crate) first: u64,
    /// The last row that may take one.
    #[serde(rename = "l")]
    pub(crate) last: u64,
}

/// How a chunk is to change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkMove<'a> {
    /// As it is.
    pub(crate) before: Option<&'a Chunk>,
    /// As it is to be; none: it is given up.
    pub(crate) after: Option<&'a Chunk>,
    /// How many places are taken under the share; less than none: given back.
    pub(crate) by: i64,
    /// How many there may be taken in all, where some are.
    pub(crate) limit: Option<u32>,
}

/// The share of a month with a file's chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    /// Places that are taken, those set aside among them.
    pub(crate) taken: u32,
    /// The file's own.
    pub(crate) chunk: Option<Chunk>,
}

impl Store {
    /// The places of a file, as whoever worked on it last has left them. There must be one worker of a file at a time.
    ///
    /// # Errors
    /// The table's.
    pub async fn share_chunks(&self, bid: &BuyerRef, file: ReturnFileId) -> Result<ShareChunks, Error> {
        Ok(ShareChunks::found(self, bid, file, self.chunks_of(bid, file).await?))
    }

    /// The chunks of a file, by the first day of their month.
    async fn chunks_of(&self, bid: &BuyerRef, file: ReturnFileId) -> Result<BTreeMap<Date, Set>, Error> {
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::shares_taken(bid)))
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut chunks = BTreeMap::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                let month = keys::share_month(&key_of(&item).sk);
                let set = set_of(item, file)?;
                chunks.extend(month.filter(|_| set.chunk.is_some()).map(|month| (month, set)));
            }
        }
        Ok(chunks)
    }

    /// Changes a chunk, and the number of taken places with it, if it is as it is thought to be and so many places are left; says
    /// how it is then, or else as what it was found.
    pub(crate) async fn move_chunk(
        &self,
        bid: &BuyerRef,
        month: Date,
        file: ReturnFileId,
        to: ChunkMove<'_>,
    ) -> Result<Written<Set>, Error> {
        let key = key_attributes(keys::share_taken(bid, month));
        let mut conditions = Vec::new();
        let mut values = HashMap::from([(":by".to_owned(), number(to.by))]);
        match to.before {
            Some(before) => {
                conditions.push("#h = :before");
                values.insert(":before".to_owned(), value(before)?);
            }
            None => conditions.push("attribute_not_exists(#h)"),
        }
        if let Some(limit) = to.limit {
            conditions.push("(attribute_not_exists(n) OR n <= :room)");
            values.insert(":room".to_owned(), number(i64::from(limit) - to.by));
        }
        let expression = match to.after {
            Some(after) => {
                values.insert(":after".to_owned(), value(after)?);
                "SET #h = :after ADD n :by"
            }
            None => "REMOVE #h ADD n :by",
        };
        let update = self
            .db
            .update_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key.clone()))
            .update_expression(expression)
            .condition_expression(conditions.join(" AND "))
            .expression_attribute_names("#h", attribute(file))
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllNew);
        let found = match update.written().await {
            Ok(Written::Done(row)) => return Ok(Written::Done(set_of(row.unwrap_or_default(), file)?)),
            Ok(Written::Refused(row)) => set_of(row.unwrap_or_default(), file)?,
            // It may be carried out, or not, or yet: then it will find the chunk as it is already, or another.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a share of returns is read again");
                let got = self.db.get_item().table_name(&self.tables.setup).set_key(Some(key)).consistent_read(true);
                let got = got.send().await.map_err(Error::service("GetItem"))?;
                set_of(got.item.unwrap_or_default(), file)?
            }
        };
        // An earlier try of it may have been carried out, and its answer lost.
        let is_so = found.chunk.as_ref() == to.after;
        Ok(if is_so { Written::Done(found) } else { Written::Refused(found) })
    }
}

fn attribute(file: ReturnFileId) -> String {
    format!("h#{}", file.ulid())
}

fn value(chunk: &Chunk) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(chunk).map_err(Error::item)
}

fn set_of(mut item: Item, file: ReturnFileId) -> Result<Set, Error> {
    let chunk =
        item.remove(&attribute(file)).map(serde_dynamo::from_attribute_value).transpose().map_err(Error::item)?;
    let row: Row = from_item(item)?;
    Ok(Set { taken: u32::try_from(row.n).unwrap_or(0), chunk })
}
