//! Feedback as it is kept, beside its lead: what others have said and what came of it, and how far they have been told.

use std::collections::HashMap;

use domain::{
    feedback::{EventKind, TOO_EARLY, Telling},
    id::{DeliveryRef, LeadId},
    lead::Lead,
    money::{Money, compact},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, FeedbackJob, Store,
    conditional::{Conditional, Written},
    item::{Item, from_item, key_attributes, number, text, to_item},
    keys::{self, Key},
};

/// Something that was said of a lead, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidOfLead {
    /// By who got it by this delivery; none: by who sent it.
    #[serde(rename = "did", default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// The keyed hash of what it is called.
    #[serde(rename = "i")]
    pub id: String,
    /// What it is called by who says it; the hash again, where nothing that somebody says may be kept.
    #[serde(rename = "sh")]
    pub shown: String,
    /// What has happened, as it was said.
    #[serde(rename = "e")]
    pub event: EventKind,
    /// The code of why, as it was said.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why, in words, as it was said.
    #[serde(rename = "rs", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The revenue, as it was said.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub revenue: Option<Money>,
    /// What came of it, in one word.
    #[serde(rename = "r")]
    pub result: String,
    /// Why nothing did.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it was said last.
    #[serde(rename = "at", with = "domain::time")]
    pub at: Timestamp,
}

#[derive(Serialize)]
struct SaidRow<'a> {
    pk: String,
    sk: String,
    #[serde(flatten)]
    said: &'a SaidOfLead,
}

/// A telling as a row, with its place on the list of what is due.
#[derive(Serialize)]
struct Row<'a> {
    sk: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gu: Option<String>,
    #[serde(flatten)]
    telling: &'a Telling,
}

impl Store {
    /// What was said of a lead under the id of this hash.
    ///
    /// # Errors
    /// The table's.
    pub async fn said(&self, lead: LeadId, did: Option<&DeliveryRef>, id: &str) -> Result<Option<SaidOfLead>, Error> {
        self.beside_lead(keys::said(lead, did, id)).await?.map(from_item).transpose()
    }

    /// How many things of these kinds were said of a lead by who got it by this delivery, or, without one, by who sent it; counted until there are
    /// `most`.
    ///
    /// # Errors
    /// The table's.
    pub async fn count_said(
        &self,
        lead: LeadId,
        did: Option<&DeliveryRef>,
        kinds: &[EventKind],
        most: usize,
    ) -> Result<usize, Error> {
        let mut query = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :lead AND begins_with(sk, :said)")
            .expression_attribute_values(":lead", text(lead.to_string()))
            .expression_attribute_values(":said", text(keys::said_by(did)))
            .projection_expression("sk");
        let names: Vec<String> = (0..kinds.len()).map(|number| format!(":kind{number}")).collect();
        for (name, kind) in names.iter().zip(kinds) {
            query = query.expression_attribute_values(name, text(kind.word()));
        }
        let mut pages = query.filter_expression(format!("e IN ({})", names.join(", "))).into_paginator().send();
        let mut found = 0;
        while found < most
            && let Some(page) = pages.next().await
        {
            found += page.map_err(Error::service("Query"))?.items().len();
        }
        Ok(found.min(most))
    }

    /// Keeps what was said. What came of it in the end stays: where somebody else has kept that meanwhile under the same id, it is what is told.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_said(&self, lead: LeadId, said: &SaidOfLead) -> Result<Option<SaidOfLead>, Error> {
        let Key { pk, sk } = keys::said(lead, said.did.as_ref(), &said.id);
        let item = to_item(&SaidRow { pk, sk, said })?;
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(item));
        let put = put
            .condition_expression("attribute_not_exists(pk) OR r = :early")
            .expression_attribute_values(":early", text(TOO_EARLY));
        match put.written().await? {
            Written::Done(_) => Ok(None),
            // A write that was answered into the void finds itself when the client makes it again.
            Written::Refused(there) => {
                let there = there.map(from_item::<SaidOfLead>).transpose()?;
                Ok(there.filter(|there| there != said))
            }
        }
    }

    /// How far who got a lead by this delivery, or without one who sent it, has been told of it, as it is now; none: nobody has begun.
    ///
    /// # Errors
    /// The table's.
    pub async fn telling(&self, lead: LeadId, did: Option<&DeliveryRef>) -> Result<Option<Telling>, Error> {
        self.beside_lead(keys::telling(lead, did)).await?.map(from_item).transpose()
    }

    /// Writes the next step of a telling; false: somebody else has written it meanwhile.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_telling(&self, before: Option<&Telling>, after: &Telling) -> Result<bool, Error> {
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(row(after)?));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => {
                put.condition_expression("v = :before").expression_attribute_values(":before", number(before.version))
            }
        };
        match put.written().await? {
            Written::Done(_) => Ok(true),
            // A write that was answered into the void finds itself when the client makes it again.
            Written::Refused(there) => {
                Ok(there.map(from_item::<Telling>).transpose()?.is_some_and(|there| there == *after))
            }
        }
    }

    /// Up to `limit` leads of which something is to be told whose time has come, of each place on the list those that have waited longest.
    ///
    /// # Errors
    /// The table's.
    pub async fn due_tellings(&self, now: Timestamp, limit: u16) -> Result<Vec<FeedbackJob>, Error> {
        let shards = (0..keys::TELLING_DUE_SHARDS).map(|shard| self.due_tellings_of(shard, now, limit));
        Ok(try_join_all(shards).await?.into_iter().flatten().collect())
    }

    async fn due_tellings_of(&self, shard: u8, now: Timestamp, limit: u16) -> Result<Vec<FeedbackJob>, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .index_name(keys::DUE)
            .key_condition_expression("gd = :shard AND gu <= :now")
            .expression_attribute_values(":shard", text(keys::telling_due(shard)))
            .expression_attribute_values(":now", text(keys::due_at(now)))
            .limit(i32::from((limit / u16::from(keys::TELLING_DUE_SHARDS)).max(1)))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let text = |item: &Item, name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let job = |item: &Item| {
            let lead = text(item, "pk")?.parse().ok()?;
            let did = match text(item, "sk")?.strip_prefix(keys::TELLING)?.strip_prefix('#') {
                Some(did) => Some(did.parse().ok()?),
                None => None,
            };
            Some(FeedbackJob { lead, did })
        };
        Ok(got.items().iter().filter_map(job).collect())
    }

    /// What was told of a lead stays, and why, in others' words, goes. Nobody tells anything new of it then but its money.
    pub(crate) async fn forget_told(&self, lead: &Lead) -> Result<(), Error> {
        let there =
            lead.deliveries.iter().filter(|(_, delivery)| delivery.sale().is_some_and(|sale| sale.returned.is_some()));
        let there = there.map(|(did, _)| Some(did)).chain([None]);
        try_join_all(there.map(|did| self.forget_told_to(lead.id, did))).await.map(drop)
    }

    async fn forget_told_to(&self, lead: LeadId, did: Option<&DeliveryRef>) -> Result<(), Error> {
        for _ in 0..TRIES {
            let Some(telling) = self.telling(lead, did).await? else { return Ok(()) };
            let after = telling.without_words();
            if after == telling || self.save_telling(Some(&telling), &after).await? {
                return Ok(());
            }
        }
        Err(Error::Contended { what: "what is told of a lead" })
    }

    async fn beside_lead(
        &self,
        key: Key,
    ) -> Result<Option<HashMap<String, aws_sdk_dynamodb::types::AttributeValue>>, Error> {
        let get = self.db.get_item().table_name(&self.tables.leads).set_key(Some(key_attributes(key)));
        Ok(get.consistent_read(true).send().await.map_err(Error::service("GetItem"))?.item)
    }
}

/// How often it is tried to forget what others go on telling.
const TRIES: usize = 5;

fn row(telling: &Telling) -> Result<Item, Error> {
    let due = telling.due();
    to_item(&Row {
        sk: keys::telling(telling.lead, telling.did.as_ref()).sk,
        gd: due.map(|_| keys::telling_due(keys::shard(telling.lead, keys::TELLING_DUE_SHARDS))),
        gu: due.map(keys::due_at),
        telling,
    })
}
