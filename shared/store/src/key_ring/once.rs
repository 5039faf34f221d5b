//! Keys made by requests that may come twice: a marker leads a repeat to the key that the first one made.
//!
//! A secret is kept by nobody, so it cannot be shown again. The key gets a new one instead: a lost answer takes no second
//! place in the ring, and its secret, which may be anywhere, opens nothing.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{access::Key, id::KeyId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{NewKey, put_item};
use crate::{
    Error, Store,
    item::{from_item, key_attributes, number, to_item},
    keys,
};

/// A request is known again for this long.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A request for a key that may come twice.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// The key that it came with.
    pub caller: KeyId,
    /// Its `Idempotency-Key`.
    pub idempotency_key: String,
    /// What it asks for, to tell a repeat from another request.
    pub asks: String,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    pk: String,
    sk: String,
    /// Hash of what was asked for.
    h: String,
    /// The key that was made.
    k: KeyId,
    /// When the marker ends, in seconds.
    x: i64,
}

impl Store {
    /// Makes a key; or, when the same request made one within 24 hours, gives that one the secret of `key`.
    ///
    /// # Errors
    /// The table's.
    pub async fn make_key_once(&self, key: &Key, request: &KeyRequest) -> Result<NewKey, Error> {
        if let Some(marker) = self.key_marker(request, key.created).await? {
            return self.renew_secret(marker, key, request).await;
        }
        let mut writes = self.new_key_writes(key)?;
        writes.push(self.put_key_marker(key, request)?);
        if self.change_keys(writes).await? {
            return Ok(NewKey::Made);
        }
        // Either the ring is full, or the same request, beside this one, was faster.
        match self.key_marker(request, key.created).await? {
            Some(marker) => self.renew_secret(marker, key, request).await,
            None => Ok(NewKey::Refused),
        }
    }

    async fn key_marker(&self, request: &KeyRequest, now: Timestamp) -> Result<Option<Marker>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(marker_key(request))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        let marker: Option<Marker> = got.item.map(from_item).transpose()?;
        Ok(marker.filter(|marker| marker.x > now.as_second()))
    }

    fn put_key_marker(&self, key: &Key, request: &KeyRequest) -> Result<TransactWriteItem, Error> {
        let keys::Key { pk, sk } = marker_key(request);
        let now = key.created.as_second();
        let marker = Marker { pk, sk, h: sha256(&request.asks), k: key.id.clone(), x: now + KNOWN_FOR.as_secs() };
        let put = Put::builder()
            .table_name(&self.tables.setup)
            .set_item(Some(to_item(&marker)?))
            .condition_expression("attribute_not_exists(pk) OR x <= :now")
            .expression_attribute_values(":now", number(now));
        Ok(put_item(put.build().map_err(Error::item)?))
    }

    /// Of two repeats at once the later write counts; both secrets cannot.
    async fn renew_secret(&self, marker: Marker, key: &Key, request: &KeyRequest) -> Result<NewKey, Error> {
        if marker.h != sha256(&request.asks) {
            return Ok(NewKey::RequestReused);
        }
        let Some(before) = self.key(&marker.k).await?.filter(Key::is_active) else { return Ok(NewKey::RevokedSince) };
        let renewed = Key { secret_sha256: key.secret_sha256.clone(), ..before };
        let put = self.key_row(&renewed, "attribute_exists(pk) AND attribute_not_exists(r.revoked)")?;
        let done = self.change_keys(vec![put_item(put)]).await?;
        self.cache.keys.invalidate(renewed.id.as_str()).await;
        Ok(if done { NewKey::MadeBefore(renewed) } else { NewKey::RevokedSince })
    }
}

/// People have been seen to make idempotency keys from e-mail addresses, so only a hash is kept.
fn marker_key(request: &KeyRequest) -> keys::Key {
    keys::key_request(&request.caller, &sha256(&request.idempotency_key))
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
