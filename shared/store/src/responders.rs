//! Responders: how far leads are in them, and what that comes to. The lead's row says that it has joined; an enrolment follows from it, and
//! can be made again.
//!
//! Each write of an enrolment asks for the version that was read, and goes with what it adds to the numbers of its responder in one
//! transaction, so these are exact.

mod message;
mod numbers;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{
    id::{CampaignRef, LeadId, ResponderRef},
    responder::{Enrolment, Responder, counts},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;

pub use self::numbers::ResponderNumbers;
use crate::{
    Error, ResponderJob, Store,
    conditional::{Conditional, Transacted, Written, all_or_none},
    item::{Item, from_item, key_attributes, number, text, to_item},
    keys,
};

/// Responders of one read, which ends at a megabyte as well, and reads: with the largest that there may be, a thousand. A seller has dozens.
const PAGE: u16 = 200;
const MAX_PAGES: usize = 250;

/// An enrolment as a row, with its place on the list of what is due.
#[derive(Serialize)]
struct Row<'a> {
    sk: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gu: Option<String>,
    #[serde(flatten)]
    enrolment: &'a Enrolment,
}

impl Store {
    /// The responders that leads of a campaign join as they are approved, as it was at most [`crate::CACHED_FOR`] ago. Those that cannot be
    /// read are told, and left out.
    ///
    /// # Errors
    /// The table's.
    pub async fn joined_on_approval(&self, campid: &CampaignRef) -> Result<Vec<ResponderRef>, Error> {
        let all = self.joined_by_approved().await?;
        Ok(all.iter().filter(|(of, _)| of == campid).map(|(_, rid)| rid.clone()).collect())
    }

    /// The same of all campaigns: of each responder nothing else is kept.
    async fn joined_by_approved(&self) -> Result<Arc<[(CampaignRef, ResponderRef)]>, Error> {
        if let Some(known) = self.cache.joined_by_approved.get(&()).await {
            return Ok(known);
        }
        let (mut all, mut after) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let page = self.records::<Responder>(PAGE, after.as_deref()).await?;
            let records = page.items.into_iter().map(|one| one.record).filter(Responder::takes_all_approved);
            all.extend(records.map(|one| (one.campid, one.rid)));
            after = page.last;
            if after.is_none() {
                let all: Arc<[_]> = all.into();
                self.cache.joined_by_approved.insert((), Arc::clone(&all)).await;
                return Ok(all);
            }
        }
        Err(Error::TooMuchToRead { max: MAX_PAGES * usize::from(PAGE) })
    }

    /// Reads an enrolment as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn enrolment(&self, lead: LeadId, rid: &ResponderRef, number: u16) -> Result<Option<Enrolment>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::enrolment(lead, rid, number))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    /// Writes an enrolment that follows from its lead, unless it is there; and returns it as it is then.
    ///
    /// # Errors
    /// The table's; doing it again does no harm.
    pub async fn enrol(&self, enrolment: Enrolment) -> Result<Enrolment, Error> {
        let put = Put::builder().condition_expression("attribute_not_exists(pk)");
        let writes = vec![self.enrolment_write(put, &enrolment)?, self.numbers_write(None, &enrolment)?];
        match all_or_none(self.db.transact_write_items(), writes, "an enrolment").await? {
            Transacted::Done => Ok(enrolment),
            Transacted::Refused(mut refused) => {
                Ok(refused.remove(&0).flatten().map(from_item).transpose()?.unwrap_or(enrolment))
            }
        }
    }

    /// Writes the next step of an enrolment, and returns it as it is then; none: somebody else has written it meanwhile, or it is gone.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_enrolment(&self, before: &Enrolment, after: Enrolment) -> Result<Option<Enrolment>, Error> {
        let there = if counts(Some(before), &after).is_empty() {
            let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(row(&after)?));
            let put = put.condition_expression("v = :before");
            match put.expression_attribute_values(":before", number(before.version)).written().await? {
                Written::Done(_) => return Ok(Some(after)),
                Written::Refused(there) => there,
            }
        } else {
            let put = Put::builder().condition_expression("v = :before");
            let put = put.expression_attribute_values(":before", number(before.version));
            let writes = vec![self.enrolment_write(put, &after)?, self.numbers_write(Some(before), &after)?];
            match all_or_none(self.db.transact_write_items(), writes, "an enrolment").await? {
                Transacted::Done => return Ok(Some(after)),
                Transacted::Refused(mut refused) => refused.remove(&0).flatten(),
            }
        };
        // A write that was answered into the void finds itself when the client makes it again. No two workers write the same: an attempt has
        // its name, and what follows of one is the same whoever writes it.
        let there: Option<Enrolment> = there.map(from_item).transpose()?;
        Ok(there.filter(|there| *there == after))
    }

    /// Puts an enrolment that cannot be read further down the list of what is due; nothing else of its row is touched. One that is not on the
    /// list, or that is later already, stays where it is.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_off_unreadable_enrolment(
        &self,
        lead: LeadId,
        rid: &ResponderRef,
        number: u16,
        until: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::enrolment(lead, rid, number))))
            .update_expression("SET gu = :until")
            .condition_expression("gu < :until")
            .expression_attribute_values(":until", text(keys::due_at(until)));
        update.written().await.map(drop)
    }

    /// Up to `limit` enrolments whose time has come, of each place on the list those that have waited longest.
    ///
    /// # Errors
    /// The table's.
    pub async fn due_enrolments(&self, now: Timestamp, limit: u16) -> Result<Vec<ResponderJob>, Error> {
        let shards = (0..keys::ENROLMENT_DUE_SHARDS).map(|shard| self.due_enrolments_of(shard, now, limit));
        let found = try_join_all(shards).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn due_enrolments_of(&self, shard: u8, now: Timestamp, limit: u16) -> Result<Vec<ResponderJob>, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .index_name(keys::DUE)
            .key_condition_expression("gd = :shard AND gu <= :now")
            .expression_attribute_values(":shard", text(keys::enrolment_due(shard)))
            .expression_attribute_values(":now", text(keys::due_at(now)))
            .limit(i32::from((limit / u16::from(keys::ENROLMENT_DUE_SHARDS)).max(1)))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let job = |item: &Item| {
            let (rid, number) = keys::enrolment_of(item.get("sk")?.as_s().ok()?)?;
            Some(ResponderJob::Next { lead: item.get("pk")?.as_s().ok()?.parse().ok()?, rid, number })
        };
        Ok(got.items().iter().filter_map(job).collect())
    }

    fn enrolment_write(
        &self,
        put: aws_sdk_dynamodb::types::builders::PutBuilder,
        enrolment: &Enrolment,
    ) -> Result<TransactWriteItem, Error> {
        let put = put
            .table_name(&self.tables.leads)
            .set_item(Some(row(enrolment)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn row(enrolment: &Enrolment) -> Result<Item, Error> {
    let due = enrolment.due();
    to_item(&Row {
        sk: keys::enrolment(enrolment.lead, &enrolment.rid, enrolment.number).sk,
        gd: due.map(|_| keys::enrolment_due(keys::shard(enrolment.lead, keys::ENROLMENT_DUE_SHARDS))),
        gu: due.map(keys::due_at),
        enrolment,
    })
}
