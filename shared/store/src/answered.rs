//! Answers that are given for the time being, and replaced by the one that is given in the end.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use crate::{
    Error, Identity, Once, Store, StoredAnswer,
    item::{key_attributes, number, text},
    keys,
};

impl Store {
    /// Replaces the answer that `once` was given for the time being by the one that it is given in the end.
    ///
    /// # Errors
    /// The table's; then the first answer may stand.
    pub async fn settle_answer(&self, once: &Once, answer: StoredAnswer, identity: &Identity) -> Result<(), Error> {
        let key = keys::once(&once.principal, &identity.idempotency_key(&once.key));
        let settled = self
            .db
            .update_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(key)))
            .update_expression("SET st = :status, b = :body REMOVE p")
            .condition_expression("h = :request AND attribute_exists(p)")
            .expression_attribute_values(":status", number(answer.status))
            .expression_attribute_values(":body", text(answer.body))
            .expression_attribute_values(":request", text(identity.request(&once.request)))
            .send()
            .await;
        match settled {
            Ok(_) => Ok(()),
            // Nobody else settles it, so this was done by an earlier try of the same call.
            Err(error)
                if matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::service("UpdateItem")(error)),
        }
    }
}
