//! Requests that may come twice and are to happen once: a marker tells a repeat, and another request with the same
//! `Idempotency-Key`, from the first one. People have been seen to make such keys from e-mail addresses, so the marker names
//! neither key nor request, only hashes under the installation's secret.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, builders::PutBuilder};
use domain::{access::Principal, lead::Lead};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error, Identity, RequestHash, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_attributes, number, text, to_item},
    keys::{self, Key},
};

/// Answers to requests that bring leads are replayed for this long.
const REPLAYED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How much of a request's hash names it among those that are under way.
const NAME_CHARS: usize = 12;

/// That there was a request, and what it led to.
#[derive(Serialize, Deserialize)]
pub(crate) struct Marker<T> {
    pk: String,
    sk: String,
    h: RequestHash,
    /// When the marker ends, in seconds.
    x: i64,
    #[serde(flatten)]
    pub(crate) led_to: T,
}

impl<T> Marker<T> {
    /// Of a request that is known for so long.
    pub(crate) fn new(key: Key, request: RequestHash, now: Timestamp, known_for: SignedDuration, led_to: T) -> Self {
        let x = now.as_second() + known_for.as_secs();
        Self { pk: key.pk, sk: key.sk, h: request, x, led_to }
    }

    /// Whether it is this request's; if not, that one came with the key of another.
    pub(crate) fn is_of(&self, request: &RequestHash) -> bool {
        self.h == *request
    }
}

impl<T: Serialize> Marker<T> {
    /// The write that puts it where there is none, or one that has ended.
    pub(crate) fn put(&self, put: PutBuilder, now: Timestamp) -> Result<Put, Error> {
        put.set_item(Some(to_item(self)?))
            .condition_expression("attribute_not_exists(pk) OR x <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }
}

impl<T: DeserializeOwned> Marker<T> {
    /// The marker of this row, unless there is none, or it has ended.
    pub(crate) fn read(row: Option<Item>, now: Timestamp) -> Result<Option<Self>, Error> {
        let marker: Option<Self> = row.map(from_item).transpose()?;
        Ok(marker.filter(|marker| marker.x > now.as_second()))
    }
}

/// A request that may come twice.
#[derive(Clone, Debug)]
pub struct Once {
    /// Who sends it.
    pub principal: Principal,
    /// The `Idempotency-Key`.
    pub key: String,
    /// What it asks, to tell a replay from a key used again. Hashed once, however many leads it brings.
    pub request: RequestHash,
    /// Of a request with several leads: the place of the one that this key is to answer. It is stored beside the answer and
    /// is no part of what tells requests apart, as another time another lead may be the first that is kept.
    pub place: Option<usize>,
    /// Until then the answer about a lead that is for sale may still be replaced by the one that is given in the end, unless
    /// whoever is to give it dies.
    pub open_until: Option<Timestamp>,
}

impl Once {
    pub(crate) fn key(&self, identity: &Identity) -> Key {
        keys::once(&self.principal, &identity.idempotency_key(&self.key))
    }

    /// What its places under caps are called by: an equal request's are called the same. Short, because the rows that they stand
    /// in are paid for by the KB; should another request ever have this name, one of the two is asked to come again.
    pub(crate) fn name(&self, identity: &Identity) -> String {
        let key = keys::once(&self.principal, &self.key);
        identity.idempotency_key(&key.pk).chars().take(NAME_CHARS).collect()
    }

    /// What it was before, as its marker says.
    pub(crate) fn before(&self, marker: &Marker<Answered>, now: Timestamp) -> Earlier {
        let Answered { p, n: place, answer } = &marker.led_to;
        let is_under_way = p.is_some_and(|until| until > now.as_second());
        let is_same = marker.is_of(&self.request) && place.is_some() == self.place.is_some();
        match (is_same, is_under_way) {
            (false, _) => Earlier::KeyReused,
            (true, true) => Earlier::UnderWay,
            (true, false) => Earlier::Answered { answer: answer.clone(), place: *place },
        }
    }
}

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// HTTP status.
    #[serde(rename = "st")]
    pub status: u16,
    /// The body, byte for byte.
    #[serde(rename = "b")]
    pub body: String,
}

/// What an earlier request means for one with the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// It was the same, and was answered.
    Answered {
        /// So.
        answer: StoredAnswer,
        /// The place of the lead that it was given to, in a request with several.
        place: Option<usize>,
    },
    /// It was another one.
    KeyReused,
    /// It was the same, and is being answered at this moment.
    UnderWay,
}

/// What a request that brings leads led to.
#[derive(Serialize, Deserialize)]
pub(crate) struct Answered {
    /// Until when the answer may change, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<i64>,
    /// The place of the lead that was answered, in a request with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<usize>,
    #[serde(flatten)]
    answer: StoredAnswer,
}

/// When the marker of the request that brought this lead ends, in seconds: one that ends at another time is of a later use of its key.
pub(crate) fn answered_until(lead: &Lead) -> i64 {
    lead.received.as_second() + REPLAYED_FOR.as_secs()
}

impl Store {
    /// Finds what `once` was before.
    ///
    /// # Errors
    /// The table's.
    pub async fn replay(&self, once: &Once, identity: &Identity, now: Timestamp) -> Result<Option<Earlier>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(once.key(identity))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        let marker = Marker::read(got.item, now)?;
        Ok(marker.map(|marker| once.before(&marker, now)))
    }

    /// The marker of a request that brings this lead.
    pub(crate) fn put_once(
        &self,
        once: &Once,
        answer: &StoredAnswer,
        lead: &Lead,
        identity: &Identity,
    ) -> Result<Put, Error> {
        // Of what is not for sale there is nothing more to tell.
        let open_until = once.open_until.filter(|_| lead.is_for_sale());
        let answered = Answered { p: open_until.map(Timestamp::as_second), n: once.place, answer: answer.clone() };
        let (key, now) = (once.key(identity), lead.received);
        let marker = Marker::new(key, once.request.clone(), now, REPLAYED_FOR, answered);
        marker.put(Put::builder().table_name(&self.tables.leads), now)
    }

    /// Replaces the answer that `once` was given for the time being by the one that it is given in the end. Whether this one
    /// counts: when its time is over, the first one does, as it may have been given again.
    ///
    /// # Errors
    /// The table's; then nobody knows which one counts.
    pub async fn replace_answer(
        &self,
        once: &Once,
        answer: &StoredAnswer,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let settled = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(once.key(identity))))
            .update_expression("SET st = :status, b = :body REMOVE p")
            .condition_expression("h = :request AND p > :now")
            .expression_attribute_values(":status", number(answer.status))
            .expression_attribute_values(":body", text(&answer.body))
            .expression_attribute_values(":request", text(once.request.as_str()))
            .expression_attribute_values(":now", number(now.as_second()))
            .written()
            .await?;
        match settled {
            Written::Done(_) => Ok(true),
            // An earlier try of the same call may have been carried out.
            Written::Refused(found) => {
                let stored: Option<StoredAnswer> = found.map(from_item).transpose()?;
                Ok(stored.as_ref() == Some(answer))
            }
        }
    }
}
