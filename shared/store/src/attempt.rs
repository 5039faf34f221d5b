//! Attempts: what was heard of each request and what it means, kept beside the lead.

use std::collections::BTreeMap;

use domain::{
    id::{AttemptId, DeliveryRef, LeadId},
    lead::Outcome,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{from_item, key_attributes, to_item},
    keys,
};

/// One request of a delivery for one lead, and what was heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The delivery.
    #[serde(rename = "did")]
    pub did: DeliveryRef,
    /// Its number among the delivery's requests for the lead, from 1.
    #[serde(rename = "n")]
    pub number: u32,
    /// Its id; the same when the same request is sent again.
    #[serde(rename = "i")]
    pub id: AttemptId,
    /// When it was sent.
    #[serde(rename = "at", with = "domain::time")]
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    #[serde(rename = "ms")]
    pub elapsed_ms: u64,
    /// Leads to the log lines of the request.
    #[serde(rename = "cr", default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// What came back, or why nothing did.
    #[serde(flatten)]
    pub heard: Exchange,
    /// What that means, by the rules and at the price that held when it was heard.
    #[serde(rename = "o")]
    pub outcome: Outcome,
}

/// What was heard of a request, or that none was needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum Exchange {
    /// Taken without an answer: nobody was asked.
    Taken {
        /// What the other side calls it, where it has a name for it.
        #[serde(rename = "br", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Refused, by somebody who answers in words of our own.
    Refused {
        /// Why.
        #[serde(rename = "w")]
        reason: String,
    },
    /// An answer.
    Answered {
        /// HTTP status.
        #[serde(rename = "st")]
        status: u16,
        /// The start of the body, up to 8 KB, as text.
        #[serde(rename = "b")]
        body: String,
        /// Those headers that the delivery's rules read, by lower-case name.
        #[serde(rename = "h", default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// Seconds that `Retry-After` asked for.
        #[serde(rename = "ra", default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u32>,
        /// There was more of the body.
        #[serde(rename = "cut", default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
    },
    /// Nothing; it never reached the buyer.
    NotSent {
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
        /// Whether trying again can help.
        #[serde(rename = "y")]
        worth_retrying: bool,
    },
    /// Nothing; the buyer may have it.
    NoAnswer {
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
    },
}

#[derive(Serialize)]
struct Row<'a> {
    pk: String,
    sk: String,
    #[serde(flatten)]
    attempt: &'a Attempt,
}

impl Store {
    /// Keeps what was heard. Writing it again changes nothing.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_attempt(&self, id: LeadId, attempt: &Attempt) -> Result<(), Error> {
        let keys::Key { pk, sk } = keys::attempt(id, &attempt.did, attempt.number);
        self.db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(to_item(&Row { pk, sk, attempt })?))
            .send()
            .await
            .map_err(Error::service("PutItem"))?;
        Ok(())
    }

    /// What was heard of a request, if its worker lived to write it.
    ///
    /// # Errors
    /// The table's.
    pub async fn attempt(&self, id: LeadId, did: &DeliveryRef, number: u32) -> Result<Option<Attempt>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::attempt(id, did, number))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }
}
