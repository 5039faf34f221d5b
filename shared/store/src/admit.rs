//! Taking a lead in: the lead, its claim to be the first of its kind, and the answer to be replayed, in one write.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use domain::{access::Principal, id::LeadId, intake::Claim, lead::Lead, time::rfc3339};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Identity, Store,
    item::{Item, from_item, number, text, to_item},
    keys,
    lead::new_item,
};

/// Answers are replayed for this long.
const REPLAYED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How much of a request's hash names it among those that are under way.
const NAME_CHARS: usize = 12;
/// How often a contended transaction is tried before the caller has to come again.
pub(crate) const TRIES: u32 = 5;

/// A request that may come twice.
#[derive(Clone, Debug)]
pub struct Once {
    /// Who sends it.
    pub principal: Principal,
    /// The `Idempotency-Key`.
    pub key: String,
    /// What it asks, to tell a replay from a key used again.
    pub request: String,
    /// Of a request with several leads: the place of the one that this key is to answer. It is stored beside the answer and
    /// is no part of what tells requests apart, as another time another lead may be the first that is kept.
    pub place: Option<usize>,
    /// Until then the stored answer may still be replaced by the one that is given in the end, unless whoever is to give it
    /// dies.
    pub open_until: Option<Timestamp>,
}

impl Once {
    /// What its places under caps are called by: an equal request's are called the same. Short, because the rows that they stand
    /// in are paid for by the KB; should another request ever have this name, one of the two is asked to come again.
    pub fn name(&self, identity: &Identity) -> String {
        let key = keys::once(&self.principal, &self.key);
        identity.idempotency_key(&key.pk).chars().take(NAME_CHARS).collect()
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

/// What became of a lead that asked to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is stored, and the answer will be replayed.
    Stored,
    /// It is not stored: an accepted lead has the same data.
    Duplicate {
        /// That lead.
        of: LeadId,
    },
    /// It is not stored: the request was answered before.
    Replayed {
        /// That answer.
        answer: StoredAnswer,
        /// The place of the lead that it was given to, in a request with several.
        place: Option<usize>,
    },
    /// It is not stored: the idempotency key was used for another request.
    KeyReused,
    /// It is not stored: the same request is being answered at this moment.
    UnderWay,
}

#[derive(Serialize, Deserialize)]
struct OnceItem {
    pk: String,
    sk: String,
    /// Hash of the request.
    h: String,
    /// When the marker ends, in seconds.
    x: i64,
    /// Until when its answer may change, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<i64>,
    /// The place of the lead that was answered, in a request with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<usize>,
    #[serde(flatten)]
    answer: StoredAnswer,
}

#[derive(Serialize, Deserialize)]
struct ClaimItem {
    pk: String,
    sk: String,
    /// The accepted lead.
    l: LeadId,
    /// When it was accepted.
    at: String,
}

/// The parts of one admission, in the order of the transaction.
enum Part {
    Lead,
    Once,
    Claim,
}

impl Store {
    /// Finds the answer that `once` was given before.
    ///
    /// # Errors
    /// The table's.
    pub async fn replay(&self, once: &Once, identity: &Identity, now: Timestamp) -> Result<Option<Admitted>, Error> {
        let key = keys::once(&once.principal, &identity.idempotency_key(&once.key));
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(crate::item::key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        let Some(item) = got.item else { return Ok(None) };
        let marker: OnceItem = from_item(item)?;
        Ok((marker.x > now.as_second()).then(|| answered(marker, once, identity, now)))
    }

    /// Stores a lead, unless its claim or its idempotency key is taken. `answer` is what `once` will be answered again.
    ///
    /// # Errors
    /// The table's; `Contended` when concurrent writers of the same markers kept it out.
    pub async fn admit(
        &self,
        lead: &Lead,
        campaign_shard: u8,
        claim: Option<&Claim>,
        once: Option<(&Once, StoredAnswer)>,
        identity: &Identity,
    ) -> Result<Admitted, Error> {
        let new = new_item(lead, campaign_shard, identity)?;
        if claim.is_none() && once.is_none() {
            return self.put_alone(new).await;
        }
        let mut parts = vec![(Part::Lead, self.put(new, "attribute_not_exists(pk)")?)];
        if let Some((once, answer)) = &once {
            parts.push((Part::Once, self.put_once(once, answer, lead.received, identity)?));
        }
        if let Some(claim) = claim {
            parts.push((Part::Claim, self.put_claim(claim, lead.id, identity)?));
        }
        let once = once.map(|(once, _)| once);
        for attempt in 0..TRIES {
            let writes = parts.iter().map(|(_, put)| TransactWriteItem::builder().put(put.clone()).build());
            let written = self.db.transact_write_items().set_transact_items(Some(writes.collect())).send().await;
            let Err(error) = written else { return Ok(Admitted::Stored) };
            let reasons = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled.cancellation_reasons().to_vec()
                }
                _ => return Err(Error::service("TransactWriteItems")(error)),
            };
            if let Some(admitted) = refused(&parts, &reasons, lead, once, identity)? {
                return Ok(admitted);
            }
            if !reasons.iter().any(is_passing) {
                return Err(Error::service("TransactWriteItems")(error));
            }
            tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
        }
        Err(Error::Contended { what: "taking the lead in" })
    }

    /// A lead without markers costs no transaction.
    async fn put_alone(&self, item: Item) -> Result<Admitted, Error> {
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(Admitted::Stored),
            // The id is ours alone: that it exists means that an earlier try of this call was carried out.
            Err(error)
                if matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))) =>
            {
                Ok(Admitted::Stored)
            }
            Err(error) => Err(Error::service("PutItem")(error)),
        }
    }

    fn put_once(&self, once: &Once, answer: &StoredAnswer, now: Timestamp, identity: &Identity) -> Result<Put, Error> {
        let keys::Key { pk, sk } = keys::once(&once.principal, &identity.idempotency_key(&once.key));
        let x = now.as_second() + REPLAYED_FOR.as_secs();
        let h = identity.request(&once.request);
        let mut put = self.put(
            to_item(&OnceItem {
                pk,
                sk,
                h,
                x,
                n: once.place,
                p: once.open_until.map(Timestamp::as_second),
                answer: answer.clone(),
            })?,
            "attribute_not_exists(pk) OR x <= :now",
        )?;
        put.expression_attribute_values = Some([(":now".to_owned(), number(now.as_second()))].into());
        Ok(put)
    }

    /// The marker of a claim, unless another lead's holds.
    pub(crate) fn put_claim(&self, claim: &Claim, lead: LeadId, identity: &Identity) -> Result<Put, Error> {
        let keys::Key { pk, sk } = keys::claim(&claim.campid, &identity.claim(claim));
        let row = ClaimItem { pk, sk, l: lead, at: rfc3339(claim.at) };
        let mut put = self.put(to_item(&row)?, "attribute_not_exists(pk) OR #at < :start OR l = :mine")?;
        put.expression_attribute_names = Some([("#at".to_owned(), "at".to_owned())].into());
        let (start, mine) = (text(rfc3339(claim.window_start)), text(lead.to_string()));
        put.expression_attribute_values = Some([(":start".to_owned(), start), (":mine".to_owned(), mine)].into());
        Ok(put)
    }

    fn put(&self, item: Item, condition: &str) -> Result<Put, Error> {
        Put::builder()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }
}

/// What a refused transaction means; none if nothing of ours was refused. The idempotency key speaks first: whoever used
/// it has his answer, whatever the lead would have been by now.
fn refused(
    parts: &[(Part, Put)],
    reasons: &[CancellationReason],
    lead: &Lead,
    once: Option<&Once>,
    identity: &Identity,
) -> Result<Option<Admitted>, Error> {
    let mut duplicate = None;
    for ((part, _), reason) in parts.iter().zip(reasons) {
        if reason.code() != Some("ConditionalCheckFailed") {
            continue;
        }
        let old = reason.item().cloned();
        match (part, old) {
            (Part::Lead, _) => return Ok(Some(Admitted::Stored)),
            (Part::Once, Some(item)) => {
                let marker: OnceItem = from_item(item)?;
                return Ok(once.map(|once| answered(marker, once, identity, lead.received)));
            }
            (Part::Claim, Some(item)) => {
                let holder: ClaimItem = from_item(item)?;
                if holder.l != lead.id {
                    duplicate = Some(Admitted::Duplicate { of: holder.l });
                }
            }
            (Part::Once | Part::Claim, None) => {}
        }
    }
    Ok(duplicate)
}

fn answered(marker: OnceItem, once: &Once, identity: &Identity, now: Timestamp) -> Admitted {
    let is_under_way = marker.p.is_some_and(|until| until > now.as_second());
    let is_same = marker.h == identity.request(&once.request) && marker.n.is_some() == once.place.is_some();
    match (is_same, is_under_way) {
        (false, _) => Admitted::KeyReused,
        (true, true) => Admitted::UnderWay,
        (true, false) => Admitted::Replayed { answer: marker.answer, place: marker.n },
    }
}

/// Whether the same transaction may succeed in a moment.
pub(crate) fn is_passing(reason: &CancellationReason) -> bool {
    matches!(reason.code(), Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"))
}
