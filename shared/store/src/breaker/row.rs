//! The row of a breaker: read through a cache, written on conditions, taken away.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::{
    delivery::{Breaker, Pause},
    id::DeliveryRef,
    time::{later, rfc3339},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{
    Error, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_attributes, number, text},
    keys,
};

/// A row that nobody has written for so long is forgotten.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    /// Failures in a row.
    n: u32,
    /// Since when it is open.
    #[serde(with = "domain::time::optional")]
    o: Option<Timestamp>,
    /// Until when it is paused.
    #[serde(with = "domain::time::optional")]
    u: Option<Timestamp>,
    /// How long this pause is, in seconds.
    k: u32,
    /// Until when somebody tries.
    #[serde(with = "domain::time::optional")]
    p: Option<Timestamp>,
}

impl From<Row> for Breaker {
    fn from(Row { n: failures, o, u, k: pause_s, p: probed_until }: Row) -> Self {
        match (o, u) {
            (Some(since), Some(until)) => Self::Open(Pause { failures, since, until, pause_s, probed_until }),
            (None, _) | (_, None) => Self::Closed { failures },
        }
    }
}

/// A conditional write of the row, and the values it names.
pub(super) struct Write<'a> {
    pub(super) update: &'a str,
    pub(super) only_if: &'a str,
    pub(super) values: Vec<(&'a str, AttributeValue)>,
}

impl Store {
    /// The breaker as it was at most [`super::HEARD_WITHIN`] ago. That there is no row is remembered as well.
    pub(super) async fn breaker(&self, did: &DeliveryRef) -> Result<Breaker, Error> {
        if let Some(known) = self.cache.breakers.get(did).await {
            return Ok(known);
        }
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::breaker(did))))
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        self.learned(did, got.item).await
    }

    pub(super) async fn write_breaker(&self, did: &DeliveryRef, write: Write<'_>) -> Result<Written<Breaker>, Error> {
        let values: Item = write.values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let written = self
            .db
            .update_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::breaker(did))))
            .update_expression(write.update)
            .condition_expression(write.only_if)
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllNew)
            .written()
            .await?;
        Ok(match written {
            Written::Done(row) => Written::Done(self.learned(did, row).await?),
            Written::Refused(row) => Written::Refused(self.learned(did, row).await?),
        })
    }

    /// Takes the row away, unless it is paused by now. Returns what it said; none: it stays, or was none.
    pub(super) async fn forget_failures(&self, did: &DeliveryRef, now: Timestamp) -> Result<Option<Breaker>, Error> {
        let deleted = self
            .db
            .delete_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::breaker(did))))
            .condition_expression("attribute_not_exists(u) OR u <= :now")
            .expression_attribute_values(":now", instant(now))
            .return_values(ReturnValue::AllOld)
            .written()
            .await?;
        match deleted {
            Written::Done(deleted) => {
                self.learned(did, None).await?;
                deleted.map(breaker_of).transpose()
            }
            Written::Refused(row) => {
                self.learned(did, row).await?;
                Ok(None)
            }
        }
    }

    /// Remembers the row as it was found or written.
    async fn learned(&self, did: &DeliveryRef, item: Option<Item>) -> Result<Breaker, Error> {
        let breaker = item.map(breaker_of).transpose()?.unwrap_or_default();
        self.cache.breakers.insert(did.clone(), breaker).await;
        Ok(breaker)
    }
}

fn breaker_of(item: Item) -> Result<Breaker, Error> {
    from_item::<Row>(item).map(Breaker::from)
}

pub(super) fn instant(at: Timestamp) -> AttributeValue {
    text(rfc3339(at))
}

pub(super) fn forgotten(now: Timestamp) -> AttributeValue {
    number(later(now, FORGOTTEN_AFTER).as_second())
}
