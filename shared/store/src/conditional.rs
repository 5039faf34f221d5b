//! Writes on conditions, and what became of them: the one place that tells a condition that did not hold from a failure.

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    hash::BuildHasher,
    time::Duration,
};

use aws_sdk_dynamodb::{
    operation::{
        delete_item::{DeleteItemError, builders::DeleteItemFluentBuilder},
        put_item::{PutItemError, builders::PutItemFluentBuilder},
        transact_write_items::{TransactWriteItemsError, builders::TransactWriteItemsFluentBuilder},
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{CancellationReason, ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem},
};

use crate::{Error, item::Item};

/// How often a transaction that collides with others' is tried: for some two seconds.
const TRIES: u32 = 8;

/// What became of a write on a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Written<T = Option<Item>> {
    /// It is done; with what the write asks to be told.
    Done(T),
    /// Its condition did not hold; with the row that is there, if there is one.
    Refused(T),
}

impl<T> Written<T> {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// A write on a condition.
pub(crate) trait Conditional {
    /// Makes it.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is done.
    async fn written(self) -> Result<Written, Error>;
}

impl Conditional for PutItemFluentBuilder {
    async fn written(self) -> Result<Written, Error> {
        match Box::pin(self.return_values_on_condition_check_failure(AllOld).send()).await {
            Ok(done) => Ok(Written::Done(done.attributes)),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Written::Refused(failed.item.clone()))
                }
                _ => Err(Error::service("PutItem")(error)),
            },
        }
    }
}

impl Conditional for UpdateItemFluentBuilder {
    async fn written(self) -> Result<Written, Error> {
        match Box::pin(self.return_values_on_condition_check_failure(AllOld).send()).await {
            Ok(done) => Ok(Written::Done(done.attributes)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Written::Refused(failed.item.clone()))
                }
                _ => Err(Error::service("UpdateItem")(error)),
            },
        }
    }
}

impl Conditional for DeleteItemFluentBuilder {
    async fn written(self) -> Result<Written, Error> {
        match Box::pin(self.return_values_on_condition_check_failure(AllOld).send()).await {
            Ok(done) => Ok(Written::Done(done.attributes)),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Written::Refused(failed.item.clone()))
                }
                _ => Err(Error::service("DeleteItem")(error)),
            },
        }
    }
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transacted {
    /// All of it is done.
    Done,
    /// None of it is: the conditions of these parts, by their places, did not hold; with the rows that are there, as far as
    /// the parts ask to be told.
    Refused(BTreeMap<usize, Option<Item>>),
}

/// Makes all of the writes or none. What collides with others' transactions is tried again for a moment.
///
/// # Errors
/// The table's, and then nobody knows whether they are made; `Contended`: others kept them out.
pub(crate) async fn all_or_none(
    call: TransactWriteItemsFluentBuilder,
    writes: Vec<TransactWriteItem>,
    what: &'static str,
) -> Result<Transacted, Error> {
    let call = call.set_transact_items(Some(writes));
    for attempt in 0..TRIES {
        let Err(error) = Box::pin(call.clone().send()).await else { return Ok(Transacted::Done) };
        let reasons = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
            _ => return Err(Error::service("TransactWriteItems")(error)),
        };
        let refused: BTreeMap<_, _> = reasons
            .iter()
            .enumerate()
            .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
            .map(|(at, reason)| (at, reason.item().cloned()))
            .collect();
        if !refused.is_empty() {
            return Ok(Transacted::Refused(refused));
        }
        if !reasons.iter().any(is_passing) {
            return Err(Error::service("TransactWriteItems")(error));
        }
        tokio::time::sleep(pause(attempt)).await;
    }
    Err(Error::Contended { what })
}

/// Some time, longer with each attempt. Those that have collided must not come back together.
pub(crate) fn pause(attempt: u32) -> Duration {
    let most = 20_u64 << attempt.min(6);
    // The standard library draws the keys of its hash maps at random.
    let random = RandomState::new().hash_one(attempt);
    Duration::from_millis(most / 2 + random % (most / 2))
}

/// Whether the same transaction may succeed in a moment.
pub(crate) fn is_passing(reason: &CancellationReason) -> bool {
    matches!(reason.code(), Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"))
}
