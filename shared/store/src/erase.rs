//! Deleting leads: the row becomes a tombstone by a step like any other, and what lies beside it is removed, once at once, and once more later.
//!
//! What stays are keyed hashes, which tell nothing to who does not have the data: the claim of a lead whose supplier was paid for it, that a
//! buyer has had somebody, what people said on whether they may be written to, and that a job has written to somebody, until the job is forgotten.

use std::collections::HashMap;

use domain::lead::{Actor, Channel, DELETED, DeletionStage, Lead, Method};
use serde_json::json;

use crate::{
    Commit, Error, Identity, Store,
    conditional::Conditional,
    item::{Item, from_item, key_attributes, key_of, number, text},
    keys::{self, Key},
    once::answered_until,
    rows::{delete_rows, rows},
};

/// Rows that one batch read takes.
const BATCH: usize = 100;
/// The HTTP status of what is there no more.
const GONE: u16 = 410;

impl Store {
    /// Writes a step of a lead's deletion, and removes what lies beside it, if its data is gone with this step. Should that fail, the sweeper
    /// comes round.
    ///
    /// # Errors
    /// As for [`Store::commit`].
    pub async fn commit_deletion(
        &self,
        before: &Lead,
        after: Lead,
        by: Option<&Actor>,
        identity: &Identity,
    ) -> Result<Commit, Error> {
        let after = match by {
            Some(by) => after.touched_by(by),
            None => after,
        };
        // Both before the lead says that nothing is left to be done.
        if after.is_tombstone() && !before.is_tombstone() {
            self.forget_person(before, identity).await?;
        }
        if after.deletion.is_some_and(|deletion| deletion.stage == DeletionStage::Erased) {
            self.clear_beside(before).await?;
        }
        let commit = self.commit(before, &after, identity).await?;
        // Once more, as the person may have answered a message in between.
        if let Commit::Done(now) | Commit::Repeated(now) = &commit
            && now.is_tombstone()
            && !before.is_tombstone()
            && let Err(error) = self.forget_person(before, identity).await
        {
            tracing::error!(lead_id = %now.id, error = &error as &dyn std::error::Error, "what the person of a deleted lead said may name it still");
        }
        if let Commit::Done(now) | Commit::Repeated(now) = &commit
            && now.deletion.is_some_and(|deletion| matches!(deletion.stage, DeletionStage::Erasing { .. }))
            && let Err(error) = self.clear_beside(now).await
        {
            tracing::warn!(lead_id = %now.id, error = &error as &dyn std::error::Error, "what lies beside a deleted lead is left to the sweeper");
        }
        Ok(commit)
    }

    /// What people said stays, and who they are goes.
    async fn forget_person(&self, lead: &Lead, identity: &Identity) -> Result<(), Error> {
        for contact in Channel::ALL.into_iter().filter_map(|channel| lead.contact(channel)) {
            self.forget_contact(&contact, identity).await?;
        }
        Ok(())
    }

    /// Whether a file that is not written yet has a row of it: its buyer has bought the lead, and would pay for what it never gets.
    ///
    /// # Errors
    /// The table's.
    pub async fn waits_for_file(&self, lead: &Lead) -> Result<bool, Error> {
        let filed = self.rows_in_files(lead).await?;
        for some in filed.chunks(BATCH) {
            if !rows(self.db.batch_get_item(), &self.tables.leads, some.iter().map(key_of), true).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes attempts with buyers' answers, and what its request was answered. That there was such a request stays, or it would bring the
    /// lead again.
    async fn clear_beside(&self, lead: &Lead) -> Result<(), Error> {
        self.forget_answer(lead).await?;
        self.forget_told(lead).await?;
        delete_rows(self.db.batch_write_item(), &self.tables.leads, &self.rows_beside(lead).await?).await
    }

    async fn rows_beside(&self, lead: &Lead) -> Result<Vec<Item>, Error> {
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(lead.id.to_string()))
            .projection_expression("pk, sk")
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let items = page.map_err(Error::service("Query"))?.items.unwrap_or_default();
            found.extend(items.into_iter().filter(|item| !stays(item)));
        }
        Ok(found)
    }

    /// A lead is put into a file at most once for each round of each delivery.
    async fn rows_in_files(&self, lead: &Lead) -> Result<Vec<Item>, Error> {
        let places: Vec<_> = lead
            .deliveries
            .iter()
            .filter(|(_, delivery)| delivery.attempts > 0)
            .flat_map(|(did, delivery)| (1..=delivery.round).map(move |round| (did, round)))
            .collect();
        let mut found = Vec::new();
        for some in places.chunks(BATCH) {
            let places: HashMap<Key, _> =
                some.iter().map(|(did, round)| (keys::file_marker(lead.id, did, *round), (*did, *round))).collect();
            let there = rows(self.db.batch_get_item(), &self.tables.leads, places.keys().cloned(), true).await?;
            found.extend(there.iter().filter_map(|marker| {
                let (did, round) = places.get(&key_of(marker))?;
                Some(key_attributes(keys::file_row(did, marker.get("n")?.as_s().ok()?, lead.id, *round)))
            }));
        }
        Ok(found)
    }

    /// A request that comes again is told that its lead is deleted. What rows of files were answered names nobody, and is read by who goes on
    /// with such a file.
    async fn forget_answer(&self, lead: &Lead) -> Result<(), Error> {
        let Some(pk) = self.once_of(lead).await?.filter(|_| lead.method != Method::Import) else { return Ok(()) };
        let body = json!({ "lead_id": lead.id, "status": "deleted", "message": DELETED }).to_string();
        let update = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(Key { pk, sk: keys::ONCE.to_owned() })))
            .update_expression("SET st = :gone, b = :body REMOVE p")
            .condition_expression("x = :ends")
            .expression_attribute_values(":gone", number(GONE))
            .expression_attribute_values(":body", text(body))
            .expression_attribute_values(":ends", number(answered_until(lead)));
        // By now it is somebody else's, or has ended.
        update.written().await.map(drop)
    }

    async fn once_of(&self, lead: &Lead) -> Result<Option<String>, Error> {
        #[derive(serde::Deserialize)]
        struct Named {
            #[serde(default)]
            ok: Option<String>,
        }
        let get = self.db.get_item().table_name(&self.tables.leads).set_key(Some(key_attributes(keys::lead(lead.id))));
        let got = get.consistent_read(true).send().await.map_err(Error::service("GetItem"))?;
        let named: Option<Named> = got.item.map(from_item).transpose()?;
        Ok(named.and_then(|named| named.ok))
    }
}

/// What has ids and times alone: the tombstone, what was told of it, and how far it was in responders, which end at their next step, and are
/// counted so.
fn stays(item: &Item) -> bool {
    let Key { sk, .. } = key_of(item);
    sk == keys::LEAD || sk.starts_with(keys::TELLING) || sk.starts_with(keys::ENROLMENT)
}
