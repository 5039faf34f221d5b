//! How far a long work over the ledger is that is done run by run: one row, which belongs to the run that is at it.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error, Store,
    conditional::Conditional,
    item::{from_item, key_attributes, text, to_item},
    keys,
};

/// How far a work is, and which run has said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress<T> {
    /// The run; no two have the same name.
    pub run: String,
    /// How far it is.
    pub at: T,
}

#[derive(Serialize, Deserialize)]
struct Row<T> {
    pk: String,
    sk: String,
    run: String,
    at: T,
}

impl Store {
    /// How far the reconciliation is; none before the first.
    ///
    /// # Errors
    /// The table's.
    pub async fn progress<T: DeserializeOwned>(&self) -> Result<Option<Progress<T>>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(keys::reconciliation())))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        let row: Option<Row<T>> = got.item.map(from_item).transpose()?;
        Ok(row.map(|Row { run, at, .. }| Progress { run, at }))
    }

    /// Writes down how far it is, and says whether that was done: it is not where another run than `before` or this one has
    /// taken over. The same may be written again.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_progress<T: Serialize>(&self, progress: &Progress<T>, before: &str) -> Result<bool, Error> {
        let keys::Key { pk, sk } = keys::reconciliation();
        let row = Row { pk, sk, run: progress.run.clone(), at: &progress.at };
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.ledger)
            .set_item(Some(to_item(&row)?))
            .condition_expression("attribute_not_exists(pk) OR #run = :before OR #run = :own")
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":before", text(before))
            .expression_attribute_values(":own", text(&progress.run));
        Ok(put.written().await?.is_done())
    }
}
