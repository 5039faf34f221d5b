//! Keys made by requests that may come twice: a marker leads a repeat to the key that the first one made.
//!
//! A secret is kept by nobody, so it cannot be shown again. The key gets a new one instead: a lost answer takes no second
//! place in the ring, and its secret, which may be anywhere, opens nothing.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{access::ApiKey, id::KeyId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{NewKey, put_item};
use crate::{Error, Identity, Store, keys, once::Marker};

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

/// The key that a request made.
#[derive(Serialize, Deserialize)]
struct Made {
    k: KeyId,
}

impl Store {
    /// Makes a key; or, when the same request made one within 24 hours, gives that one the secret of `key`.
    ///
    /// # Errors
    /// The table's.
    pub async fn make_key_once(
        &self,
        key: &ApiKey,
        request: &KeyRequest,
        identity: &Identity,
    ) -> Result<NewKey, Error> {
        if let Some(marker) = self.key_marker(request, identity, key.created).await? {
            return self.renew_secret(marker, key, request, identity).await;
        }
        let mut writes = self.new_key_writes(key)?;
        writes.push(self.put_key_marker(key, request, identity)?);
        if self.change_keys(writes).await? {
            return Ok(NewKey::Made);
        }
        // Either the ring is full, or the same request, beside this one, was faster.
        match self.key_marker(request, identity, key.created).await? {
            Some(marker) => self.renew_secret(marker, key, request, identity).await,
            None => Ok(NewKey::Refused),
        }
    }

    async fn key_marker(
        &self,
        request: &KeyRequest,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Option<Marker<Made>>, Error> {
        Marker::read(self.setup_item(marker_key(request, identity)).await?, now)
    }

    fn put_key_marker(
        &self,
        key: &ApiKey,
        request: &KeyRequest,
        identity: &Identity,
    ) -> Result<TransactWriteItem, Error> {
        let (at, now, made) = (marker_key(request, identity), key.created, Made { k: key.id.clone() });
        let marker = Marker::new(at, identity.request(&request.asks), now, KNOWN_FOR, made);
        Ok(put_item(marker.put(Put::builder().table_name(&self.tables.setup), now)?))
    }

    /// Of two repeats at once the later write counts; both secrets cannot.
    async fn renew_secret(
        &self,
        marker: Marker<Made>,
        key: &ApiKey,
        request: &KeyRequest,
        identity: &Identity,
    ) -> Result<NewKey, Error> {
        if !marker.is_of(&identity.request(&request.asks)) {
            return Ok(NewKey::RequestReused);
        }
        let Some(before) = self.key(&marker.led_to.k).await?.filter(ApiKey::is_active) else {
            return Ok(NewKey::RevokedSince);
        };
        let renewed = ApiKey { secret_sha256: key.secret_sha256.clone(), ..before };
        let put = self.key_row(&renewed, "attribute_exists(pk) AND attribute_not_exists(r.revoked)")?;
        let done = self.change_keys(vec![put_item(put)]).await?;
        self.cache.keys.invalidate(renewed.id.as_str()).await;
        Ok(if done { NewKey::MadeBefore(renewed) } else { NewKey::RevokedSince })
    }
}

fn marker_key(request: &KeyRequest, identity: &Identity) -> keys::Key {
    keys::key_request(&request.caller, &identity.idempotency_key(&request.idempotency_key))
}
