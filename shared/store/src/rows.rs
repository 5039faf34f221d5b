//! Several rows of the set-up table at once.

use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::{
    Error, Store,
    item::{Item, key_attributes},
    keys::Key,
};

impl Store {
    /// Those of up to 100 rows that are there, in no order, as they were a moment ago.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub(crate) async fn setup_rows(&self, keys: impl IntoIterator<Item = Key>) -> Result<Vec<Item>, Error> {
        let mut wanted: Vec<Item> = keys.into_iter().map(key_attributes).collect();
        let mut rows = Vec::with_capacity(wanted.len());
        for attempt in 0..5 {
            if wanted.is_empty() {
                return Ok(rows);
            }
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
            }
            let asked = KeysAndAttributes::builder().set_keys(Some(wanted)).build().map_err(Error::item)?;
            let got = self.db.batch_get_item().request_items(&self.tables.setup, asked).send().await;
            let got = got.map_err(Error::service("BatchGetItem"))?;
            rows.extend(got.responses.into_iter().flatten().flat_map(|(_, items)| items));
            wanted = got.unprocessed_keys.into_iter().flatten().flat_map(|(_, keys)| keys.keys).collect();
        }
        Err(Error::Contended { what: "reading rows" })
    }
}
