//! Keys: looked up by id, and kept to two active ones per principal by a ring that every change passes through.

mod broken;
mod once;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use domain::{
    access::{ApiKey, MAX_ACTIVE_KEYS, Principal},
    id::KeyId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Page, Store,
    conditional::{Transacted, all_or_none},
    item::{from_item, key_attributes, number, to_item},
    keys,
};

pub use self::once::KeyRequest;

/// What became of a key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// It opens from now on.
    Made,
    /// It is not made: the same request made this one before, which now has the secret of the new one.
    MadeBefore(ApiKey),
    /// It is not made: the same request made one before, which has been revoked.
    RevokedSince,
    /// It is not made: the idempotency key came with another request.
    RequestReused,
    /// Its principal has as many active keys as it may; or the id is taken.
    Refused,
}

/// What became of a key to be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It opens nothing any more; this is how it is kept.
    Done(ApiKey),
    /// It still opens: it is the seller's last, and without it nobody could make another.
    LastOfSeller,
    /// There is no such key.
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    r: ApiKey,
}

impl Store {
    /// Reads a key as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::key(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(|item| from_item::<Row>(item).map(|row| row.r)).transpose()
    }

    /// Reads a key as it was at most [`CACHED_FOR`](crate::CACHED_FOR) ago: a revoked key may open for that long.
    ///
    /// # Errors
    /// The table's.
    pub async fn cached_key(&self, id: &KeyId) -> Result<Option<Arc<ApiKey>>, Error> {
        if let Some(known) = self.cache.keys.get(id.as_str()).await {
            return Ok(Some(known));
        }
        let Some(key) = self.key(id).await?.map(Arc::new) else { return Ok(None) };
        self.cache.keys.insert(id.as_str().to_owned(), Arc::clone(&key)).await;
        Ok(Some(key))
    }

    /// Lists keys by id, revoked ones too.
    ///
    /// # Errors
    /// The table's.
    pub async fn api_keys(&self, limit: u16, after: Option<&str>) -> Result<Page<ApiKey>, Error> {
        Ok(self.setup_page(keys::KEYS, limit, after).await?.read(|row: Row| row.r))
    }

    /// Makes a key.
    ///
    /// # Errors
    /// The table's.
    pub async fn make_key(&self, key: &ApiKey) -> Result<NewKey, Error> {
        let done = self.change_keys(self.new_key_writes(key)?).await?;
        Ok(if done { NewKey::Made } else { NewKey::Refused })
    }

    /// Revokes a key; revoking it again changes nothing. One that cannot be read is replaced by one that opens nothing, and
    /// leaves its place in its ring.
    ///
    /// # Errors
    /// The table's; `Unreadable` for a key that is in no ring, and so opens nothing already.
    pub async fn revoke_key(&self, id: &KeyId, now: Timestamp) -> Result<Revoked, Error> {
        let key = match self.key(id).await {
            Err(Error::Unreadable(row)) => self.key_by_ring(id, now).await?.ok_or(row)?,
            found => match found? {
                None => return Ok(Revoked::Unknown),
                Some(key) if !key.is_active() => return Ok(Revoked::Done(key)),
                Some(key) => key,
            },
        };
        let revoked = ApiKey { revoked: Some(now), ..key };
        let put = self.key_row(&revoked, "attribute_exists(pk) AND attribute_not_exists(r.revoked)")?;
        let ring = self.ring(&revoked, "DELETE ids :id");
        let ring = match revoked.principal {
            Principal::Seller => {
                ring.condition_expression("size(ids) > :one").expression_attribute_values(":one", number(1))
            }
            Principal::Supplier { .. } | Principal::Buyer { .. } => ring,
        };
        let done = self.change_keys(vec![put_item(put), update_item(ring.build().map_err(Error::item)?)]).await?;
        self.cache.keys.invalidate(id.as_str()).await;
        if done {
            return Ok(Revoked::Done(revoked));
        }
        // Either condition may have failed; when somebody else revoked it meanwhile, that is as good.
        Ok(self.key(id).await?.filter(|key| !key.is_active()).map_or(Revoked::LastOfSeller, Revoked::Done))
    }

    /// The key, and its place in the ring.
    fn new_key_writes(&self, key: &ApiKey) -> Result<Vec<TransactWriteItem>, Error> {
        let ring = self
            .ring(key, "ADD ids :id")
            .condition_expression("attribute_not_exists(ids) OR size(ids) < :full")
            .expression_attribute_values(":full", number(MAX_ACTIVE_KEYS));
        let put = self.key_row(key, "attribute_not_exists(pk)")?;
        Ok(vec![put_item(put), update_item(ring.build().map_err(Error::item)?)])
    }

    fn key_row(&self, key: &ApiKey, condition: &str) -> Result<Put, Error> {
        let keys::Key { pk, sk } = keys::key(&key.id);
        Put::builder()
            .table_name(&self.tables.setup)
            .set_item(Some(to_item(&Row { pk, sk, r: key.clone() })?))
            .condition_expression(condition)
            .build()
            .map_err(Error::item)
    }

    fn ring(&self, key: &ApiKey, change: &str) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::key_ring(&key.principal))))
            .update_expression(change)
            .expression_attribute_values(":id", AttributeValue::Ss(vec![key.id.as_str().to_owned()]))
    }

    /// All writes, or, when a condition forbids it, none.
    async fn change_keys(&self, writes: Vec<TransactWriteItem>) -> Result<bool, Error> {
        Ok(all_or_none(self.db.transact_write_items(), writes, "a key").await? == Transacted::Done)
    }
}

fn put_item(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

fn update_item(update: Update) -> TransactWriteItem {
    TransactWriteItem::builder().update(update).build()
}
