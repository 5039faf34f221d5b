//! Several rows at once, by their keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::{
        batch_get_item::builders::BatchGetItemFluentBuilder, batch_write_item::builders::BatchWriteItemFluentBuilder,
    },
    types::{DeleteRequest, KeysAndAttributes, ReturnConsumedCapacity, WriteRequest},
};

use crate::{
    Error, Examined, Store,
    conditional::pause,
    item::{Item, key_attributes, key_of},
    keys::Key,
};

/// How often rows are asked for that were left out.
const TRIES: u32 = 5;
/// DynamoDB deletes this many at once.
const BATCH: usize = 25;

impl Store {
    /// Those of up to 100 rows of the set-up table that are there, in no order, as they were a moment ago.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub(crate) async fn setup_rows(&self, keys: impl IntoIterator<Item = Key>) -> Result<Vec<Item>, Error> {
        rows(self.db.batch_get_item(), &self.tables.setup, keys, false).await
    }
}

/// Those of up to 100 rows of a table that are there, in no order: as they are now, or at half the price, as they were a moment
/// ago. None asks for none.
///
/// # Errors
/// The table's; `Contended` when it keeps leaving some unread.
pub(crate) async fn rows(
    call: BatchGetItemFluentBuilder,
    table: &str,
    keys: impl IntoIterator<Item = Key>,
    consistent: bool,
) -> Result<Vec<Item>, Error> {
    Ok(charged_rows(call, table, keys, consistent).await?.0)
}

/// The same, and what it took.
///
/// # Errors
/// As for [`rows`].
pub(crate) async fn charged_rows(
    call: BatchGetItemFluentBuilder,
    table: &str,
    keys: impl IntoIterator<Item = Key>,
    consistent: bool,
) -> Result<(Vec<Item>, Examined), Error> {
    let mut open: Vec<Item> = keys.into_iter().map(key_attributes).collect();
    let (mut rows, mut examined) = (Vec::with_capacity(open.len()), Examined::default());
    let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
    for attempt in 0..TRIES {
        if open.is_empty() {
            return Ok((rows, examined));
        }
        if attempt > 0 {
            tokio::time::sleep(pause(attempt)).await;
        }
        let wanted = KeysAndAttributes::builder().set_keys(Some(open)).consistent_read(consistent).build();
        let got = call.clone().request_items(table, wanted.map_err(Error::item)?).send().await;
        let got = got.map_err(Error::service("BatchGetItem"))?;
        examined = examined.and(Examined::call(got.consumed_capacity()));
        rows.extend(got.responses.into_iter().flatten().flat_map(|(_, items)| items));
        open = got.unprocessed_keys.into_iter().flatten().flat_map(|(_, keys)| keys.keys).collect();
    }
    Err(Error::Contended { what: "reading rows" })
}

/// Deletes rows by their keys; those that are gone already do no harm.
///
/// # Errors
/// The table's; then some are gone. `Contended` when it keeps leaving some.
pub(crate) async fn delete_rows(call: BatchWriteItemFluentBuilder, table: &str, items: &[Item]) -> Result<(), Error> {
    for some in items.chunks(BATCH) {
        let delete = |item: &Item| {
            let delete = DeleteRequest::builder().set_key(Some(key_attributes(key_of(item)))).build();
            Ok::<_, Error>(WriteRequest::builder().delete_request(delete.map_err(Error::item)?).build())
        };
        let mut open: Vec<WriteRequest> = some.iter().map(delete).collect::<Result<_, _>>()?;
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(pause(attempt)).await;
            }
            let writes = HashMap::from([(table.to_owned(), open)]);
            let done = call.clone().set_request_items(Some(writes)).send().await;
            let left = done.map_err(Error::service("BatchWriteItem"))?.unprocessed_items.unwrap_or_default();
            open = left.into_values().flatten().collect();
            if open.is_empty() {
                break;
            }
        }
        if !open.is_empty() {
            return Err(Error::Contended { what: "deleting rows" });
        }
    }
    Ok(())
}
