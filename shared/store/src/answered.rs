//! Answers that are given for the time being, and replaced by the one that is given in the end.

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;

use crate::{
    Error, Identity, Once, Store, StoredAnswer,
    item::{from_item, key_attributes, number, text},
    keys,
};

impl Store {
    /// Replaces the answer that `once` was given for the time being by the one that it is given in the end. Whether this one
    /// counts: when its time is over, the first one does, as it may have been given again.
    ///
    /// # Errors
    /// The table's; then nobody knows which one counts.
    pub async fn settle_answer(
        &self,
        once: &Once,
        answer: &StoredAnswer,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let key = keys::once(&once.principal, &identity.idempotency_key(&once.key));
        let settled = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(key)))
            .update_expression("SET st = :status, b = :body REMOVE p")
            .condition_expression("h = :request AND p > :now")
            .expression_attribute_values(":status", number(answer.status))
            .expression_attribute_values(":body", text(&answer.body))
            .expression_attribute_values(":request", text(identity.request(&once.request)))
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match settled {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                // An earlier try of the same call may have been carried out.
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    let stored: Option<StoredAnswer> = failed.item.clone().map(from_item).transpose()?;
                    Ok(stored.as_ref() == Some(answer))
                }
                _ => Err(Error::service("UpdateItem")(error)),
            },
        }
    }
}
