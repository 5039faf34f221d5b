//! Steps of a lead: each written on condition that nobody else has written the lead meanwhile; alone, or in one transaction
//! with what has to go with it.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{CancellationReason, Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};
use domain::{
    campaign::Campaign,
    intake::Claim,
    lead::{CountChange, Lead, reservation_id},
};

use crate::{
    Error, Identity, Scope, Store,
    admit::{TRIES, is_passing},
    item::{Changes, Item, from_item, key_attributes, number, text, to_item},
    keys,
    lead::Row,
};

/// What became of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// It is written; this is the lead now.
    Done(Box<Lead>),
    /// Exactly this is there already: an earlier try of the same write was carried out, and its answer lost. Only where
    /// two writers can mean exactly the same can it have been the other one.
    Repeated(Box<Lead>),
    /// Somebody else wrote first, and this is what is there; none: the lead is gone.
    Stale(Option<Box<Lead>>),
}

impl Store {
    /// Writes `after` in place of `before`, if `before` is still what is there; gives back what `after` no longer counts, and
    /// moves buyers' credit by what they owe differently.
    /// When the table does not say whether it has, the lead is read again, which may tell.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written. `Contended` when others' transactions kept it out.
    pub async fn commit(&self, before: &Lead, after: &Lead) -> Result<Commit, Error> {
        let after = next_version(before, after);
        let along = [self.given_back(before, &after)?, self.moved_credit(before, &after)?].concat();
        if along.is_empty() {
            return self.commit_alone(before, after).await;
        }
        for _ in 0..TRIES {
            if let Some(commit) = Box::pin(self.commit_with(before, after.clone(), along.clone())).await? {
                return Ok(commit);
            }
            // A reservation is open still: whoever has written the lead as it is has not come to settle it.
            Box::pin(self.settle_charged(before)).await?;
        }
        Err(Error::Contended { what: "a buyer's credit" })
    }

    /// [`Store::commit`]; and where that puts the lead aside, what it claimed when it was taken in is free from then on.
    ///
    /// # Errors
    /// As for [`Store::commit`].
    pub async fn commit_freeing(&self, before: &Lead, after: &Lead, identity: &Identity) -> Result<Commit, Error> {
        let Some(claim) = self.freed(before, after).await? else { return self.commit(before, after).await };
        let dropped = TransactWriteItem::builder().delete(self.drop_claim(&claim, before, identity)?).build();
        match self.commit_with(before, next_version(before, after), vec![dropped]).await? {
            Some(commit) => Ok(commit),
            // The claim has become another lead's.
            None => self.commit(before, after).await,
        }
    }

    /// What the lead claims no longer, if it is put aside.
    async fn freed(&self, before: &Lead, after: &Lead) -> Result<Option<Claim>, Error> {
        if !before.is_for_sale() || after.is_for_sale() {
            return Ok(None);
        }
        let campaign = self.cached::<Campaign>(before.campid.as_str()).await?;
        Ok(campaign.and_then(|campaign| Claim::of(before, &campaign, before.received)))
    }

    /// [`Store::commit`] for a lead that makes its claim only now; none, and nothing is written, if another lead holds it.
    pub(crate) async fn commit_claiming(
        &self,
        before: &Lead,
        after: &Lead,
        claim: &Claim,
        identity: &Identity,
    ) -> Result<Option<Commit>, Error> {
        let claimed = TransactWriteItem::builder().put(self.put_claim(claim, before.id, identity)?).build();
        self.commit_with(before, next_version(before, after), vec![claimed]).await
    }

    async fn commit_alone(&self, before: &Lead, after: Lead) -> Result<Commit, Error> {
        let changes = changes(before, &after)?;
        let written = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead(before.id))))
            .condition_expression("v = :before")
            .update_expression(changes.expression)
            .set_expression_attribute_names(Some(changes.names))
            .set_expression_attribute_values(Some(changes.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match written {
            Ok(_) => Ok(Commit::Done(Box::new(after))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => found(failed.item.clone(), after),
                _ => self.reread(after, Error::service("UpdateItem")(error)).await,
            },
        }
    }

    /// The lead and what goes with it, or nothing of it. None: a condition of what goes with it did not hold.
    async fn commit_with(
        &self,
        before: &Lead,
        after: Lead,
        along: Vec<TransactWriteItem>,
    ) -> Result<Option<Commit>, Error> {
        let step = TransactWriteItem::builder().update(self.step(before, &after)?).build();
        let writes: Vec<TransactWriteItem> = std::iter::once(step).chain(along).collect();
        for attempt in 0..TRIES {
            let written = self.db.transact_write_items().set_transact_items(Some(writes.clone())).send().await;
            let Err(error) = written else { return Ok(Some(Commit::Done(Box::new(after)))) };
            let reasons = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled.cancellation_reasons().to_vec()
                }
                _ => return Ok(Some(self.reread(after, Error::service("TransactWriteItems")(error)).await?)),
            };
            if let Some(lead) = reasons.first().filter(|reason| is_refusal(reason)) {
                return Ok(Some(found(lead.item().cloned(), after)?));
            }
            if reasons.iter().any(is_refusal) {
                return Ok(None);
            }
            if !reasons.iter().any(is_passing) {
                return Err(Error::service("TransactWriteItems")(error));
            }
            tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
        }
        Err(Error::Contended { what: "a step of the lead" })
    }

    fn step(&self, before: &Lead, after: &Lead) -> Result<Update, Error> {
        let changes = changes(before, after)?;
        Update::builder()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead(before.id))))
            .condition_expression("v = :before")
            .update_expression(changes.expression)
            .set_expression_attribute_names(Some(changes.names))
            .set_expression_attribute_values(Some(changes.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }

    fn drop_claim(&self, claim: &Claim, lead: &Lead, identity: &Identity) -> Result<Delete, Error> {
        Delete::builder()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::claim(&claim.campid, &identity.claim(claim)))))
            .condition_expression("attribute_not_exists(pk) OR l = :mine")
            .expression_attribute_values(":mine", text(lead.id.to_string()))
            .build()
            .map_err(Error::item)
    }

    /// What buyers refused that they had taken: one less for each, and never without the step that says so.
    fn given_back(&self, before: &Lead, after: &Lead) -> Result<Vec<TransactWriteItem>, Error> {
        let recounts = after.recounts(before).into_iter();
        let given_back = recounts.filter(|recount| recount.change == CountChange::GiveBack).map(|recount| {
            let id = reservation_id(recount.attempt);
            let update = self.give_back(&Scope::Delivery(recount.did), &recount.windows, &id)?;
            Ok(TransactWriteItem::builder().update(update).build())
        });
        given_back.collect()
    }

    /// What is there when the table does not say whether it has written.
    async fn reread(&self, after: Lead, error: Error) -> Result<Commit, Error> {
        match self.lead(after.id).await {
            Ok(Some(found)) if found == after => Ok(Commit::Repeated(Box::new(after))),
            Ok(_) | Err(_) => Err(error),
        }
    }
}

fn next_version(before: &Lead, after: &Lead) -> Lead {
    Lead { version: before.version + 1, ..after.clone() }
}

/// The changes, with the version that they are conditional on.
fn changes(before: &Lead, after: &Lead) -> Result<Changes, Error> {
    let mut changes = Changes::between(&to_item(&Row::new(before))?, &to_item(&Row::new(after))?);
    changes.values.insert(":before".to_owned(), number(before.version));
    Ok(changes)
}

/// Somebody has written: we, or others.
fn found(item: Option<Item>, after: Lead) -> Result<Commit, Error> {
    let found: Option<Lead> = item.map(from_item).transpose()?;
    Ok(match found {
        Some(found) if found == after => Commit::Repeated(Box::new(after)),
        found => Commit::Stale(found.map(Box::new)),
    })
}

pub(crate) fn is_refusal(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}
