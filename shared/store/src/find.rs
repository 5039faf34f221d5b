//! Leads by what buyers know of them: e-mail address, phone number, their own reference. Lists lag a little; leads are read as they are.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    consent::Contact,
    id::{BuyerRef, LeadId},
    lead::{Channel, Lead},
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    Error, Identity, Store, Unreadable,
    item::{Item, key_of, read, text},
    keys,
    rows::rows,
};

/// Leads that one of the lists gives at most: where it gives so many, there may be more.
pub const MAX_FOUND: usize = 100;
/// Leads that one batch read takes.
const BATCH: usize = 100;
/// Batch reads at the same time.
const CONCURRENCY: usize = 4;

impl Store {
    /// Up to 100 leads of a normalised e-mail address, newest first, as they were a moment ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn leads_by_email(&self, identity: &Identity, email: &str) -> Result<Vec<LeadId>, Error> {
        self.leads_of_person(keys::BY_EMAIL, "ge = :of", identity.email(email)).await
    }

    /// Up to 100 leads of a phone number in E.164, newest first, as they were a moment ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn leads_by_phone(&self, identity: &Identity, phone: &str) -> Result<Vec<LeadId>, Error> {
        self.leads_of_person(keys::BY_PHONE, "gp = :of", identity.phone(phone)).await
    }

    /// Up to 100 leads that a buyer calls so, newest first, as they were a moment ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn leads_by_reference(
        &self,
        identity: &Identity,
        bid: &BuyerRef,
        reference: &str,
    ) -> Result<Vec<LeadId>, Error> {
        let named = keys::buyer_references(bid, &identity.buyer_reference(bid, reference));
        let got = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :of")
            .expression_attribute_values(":of", text(named))
            .scan_index_forward(false)
            .limit(i32::try_from(MAX_FOUND).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        Ok(got.items.unwrap_or_default().iter().filter_map(|item| key_of(item).sk.parse().ok()).collect())
    }

    /// Leads as they are now, by their ids; those that are gone are left out, and those that cannot be read are named.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub async fn leads_at_once(&self, ids: &[LeadId]) -> Result<BTreeMap<LeadId, Result<Lead, Unreadable>>, Error> {
        self.leads_together(ids, true).await
    }

    /// The same at half the price, as they were a moment ago; one that has only just come in may be left out.
    ///
    /// # Errors
    /// As for [`Store::leads_at_once`].
    pub async fn leads_a_moment_ago(
        &self,
        ids: &[LeadId],
    ) -> Result<BTreeMap<LeadId, Result<Lead, Unreadable>>, Error> {
        self.leads_together(ids, false).await
    }

    async fn leads_together(
        &self,
        ids: &[LeadId],
        consistent: bool,
    ) -> Result<BTreeMap<LeadId, Result<Lead, Unreadable>>, Error> {
        // One that is asked for twice would be refused.
        let ids: Vec<LeadId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let batches = ids.chunks(BATCH).map(|batch| {
            let keys: Vec<_> = batch.iter().map(|id| keys::lead(*id)).collect();
            rows(self.db.batch_get_item(), &self.tables.leads, keys, consistent)
        });
        let found: Vec<Vec<Item>> = stream::iter(batches).buffer_unordered(CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().filter_map(|item| Some((lead_of(&item)?, read(item)))).collect())
    }

    /// All leads with a contact, as they were a moment ago; of more than `most`, some more than that.
    ///
    /// # Errors
    /// The table's.
    pub async fn all_leads_of(
        &self,
        contact: &Contact,
        identity: &Identity,
        most: usize,
    ) -> Result<Vec<LeadId>, Error> {
        self.all_leads_by(contact.channel(), &identity.contact(contact), most).await
    }

    /// The same of whose contact nothing is known but its hash.
    ///
    /// # Errors
    /// The table's.
    pub async fn all_leads_by(&self, channel: Channel, hash: &str, most: usize) -> Result<Vec<LeadId>, Error> {
        let (index, condition) = match channel {
            Channel::Email => (keys::BY_EMAIL, "ge = :of"),
            Channel::Sms => (keys::BY_PHONE, "gp = :of"),
        };
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .index_name(index)
            .key_condition_expression(condition)
            .expression_attribute_values(":of", text(hash))
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(page.map_err(Error::service("Query"))?.items.unwrap_or_default().iter().filter_map(lead_of));
            if found.len() > most {
                break;
            }
        }
        Ok(found)
    }

    async fn leads_of_person(&self, index: &str, condition: &str, of: String) -> Result<Vec<LeadId>, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .index_name(index)
            .key_condition_expression(condition)
            .expression_attribute_values(":of", text(of))
            .scan_index_forward(false)
            .limit(i32::try_from(MAX_FOUND).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        Ok(got.items.unwrap_or_default().iter().filter_map(lead_of).collect())
    }
}

fn lead_of(item: &Item) -> Option<LeadId> {
    key_of(item).pk.parse().ok()
}
