//! The lead row: what it looks like, and reading it. How it is written stands in `commit`.

use domain::{
    feedback::Telling,
    id::LeadId,
    lead::{Lead, SoldStatus},
    responder::Enrolment,
};
use serde::Serialize;

use crate::{
    Attempt, Error, Identity, Once, SaidOfLead, Store, Unreadable,
    item::{Item, from_item, key_attributes, readable, text, to_item},
    keys,
    rows::rows,
};

/// A lead with all that is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeLead {
    /// The lead.
    pub lead: Lead,
    /// The answers to all its attempts, in the order of their deliveries and numbers.
    pub attempts: Vec<Attempt>,
    /// How far it is in responders, in the order of their references.
    pub enrolments: Vec<Enrolment>,
    /// What others have said of it, by their deliveries and ids.
    pub said: Vec<SaidOfLead>,
    /// How far others have been told of it: who sent it, and then those who got it, by their deliveries.
    pub tellings: Vec<Telling>,
}

/// Index keys that stay as they are for the life of a lead.
#[derive(Serialize)]
struct Listed<'a> {
    sk: &'static str,
    gc: String,
    gs: String,
    gr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gp: Option<String>,
    /// The marker of the request that brought it, which is answered with words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<String>,
    #[serde(flatten)]
    row: Row<'a>,
}

/// The lead, with the index keys that follow from its state.
#[derive(Serialize)]
pub(crate) struct Row<'a> {
    gt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gu: Option<String>,
    /// So that no index names a deleted lead to who looks for leads.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gx: bool,
    #[serde(flatten)]
    lead: &'a Lead,
}

impl<'a> Row<'a> {
    pub(crate) fn new(lead: &'a Lead) -> Self {
        let (watch_at, status) = (lead.watch_at(), lead.sold_status());
        Self {
            gt: keys::by_status(status, lead.received, keys::shard(lead.id, keys::status_shards(status))),
            gd: watch_at.map(|_| keys::due(keys::shard(lead.id, keys::DUE_SHARDS))),
            gu: watch_at.map(keys::due_at),
            gx: lead.is_deleted(),
            lead,
        }
    }
}

/// What is found by a person, or leads to one, and goes with a lead's data.
pub(crate) const OF_PERSON: [&str; 2] = ["ge", "gp"];
/// What goes with the last of what lies beside a deleted lead.
pub(crate) const OF_REQUEST: &str = "ok";

/// The item of a lead that comes in.
pub(crate) fn new_item(
    lead: &Lead,
    campaign_shard: u8,
    once: Option<&Once>,
    identity: &Identity,
) -> Result<Item, Error> {
    to_item(&Listed {
        sk: keys::LEAD,
        gc: keys::by_campaign(&lead.campid, lead.received, campaign_shard),
        gs: keys::by_supplier(&lead.sid, lead.received, keys::shard(lead.id, keys::SUPPLIER_SHARDS)),
        gr: keys::received(lead.id, lead.received),
        ge: lead.email().map(|email| identity.email(email.as_str())),
        gp: lead.phone().map(|phone| identity.phone(phone.as_str())),
        ok: once.map(|once| once.key(identity).pk),
        row: Row::new(lead),
    })
}

impl Store {
    /// Reads a lead as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn lead(&self, id: LeadId) -> Result<Option<Lead>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    /// Reads a lead with all that is kept of it.
    ///
    /// # Errors
    /// The table's.
    pub async fn whole_lead(&self, id: LeadId) -> Result<Option<WholeLead>, Error> {
        // Attempts are bounded by deliveries × rounds × attempts, and a page holds 1 MB, so this loop is short.
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(id.to_string()))
            .consistent_read(true)
            .into_paginator()
            .send();
        let (mut lead, mut attempts, mut enrolments) = (None, Vec::new(), Vec::new());
        let (mut said, mut tellings) = (Vec::new(), Vec::new());
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str).unwrap_or_default();
                match sk {
                    keys::LEAD => lead = Some(from_item(item)?),
                    sk if sk.starts_with(keys::TELLING) => tellings.push(from_item(item)?),
                    sk if sk.starts_with(keys::SAID) => said.push(from_item(item)?),
                    sk if sk.starts_with(keys::ENROLMENT) => enrolments.push(from_item(item)?),
                    _ => attempts.push(from_item(item)?),
                }
            }
        }
        Ok(lead.map(|lead| WholeLead { lead, attempts, enrolments, said, tellings }))
    }

    /// Reads up to 100 leads; those that are gone are left out, and those that cannot be read are named.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub async fn leads(&self, ids: &[LeadId]) -> Result<(Vec<Lead>, Vec<Unreadable>), Error> {
        let keys = ids.iter().map(|id| keys::lead(*id));
        Ok(readable(rows(self.db.batch_get_item(), &self.tables.leads, keys, false).await?))
    }

    /// The statuses whose leads the sweeper looks through.
    pub(crate) const SWEPT_STATUS: SoldStatus = SoldStatus::Open;
}
