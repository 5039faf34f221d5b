//! Lists of files of leads, newest first.

use std::collections::HashMap;

use domain::id::{LeadImportId, SupplierRef};

use super::LeadImport;
use crate::{
    Error, Page, Store,
    item::{key_of, readable, text},
    keys,
    rows::rows,
};

/// Sorts behind every instant.
const AFTER_ALL_TIME: &str = "~";
/// Files that one batch read takes.
const BATCH: usize = 100;

impl Store {
    /// Up to `limit` files of leads, of one supplier or of all, newest first, from behind `after`, which is the `last` of another page. Those
    /// that cannot be read are named.
    ///
    /// # Errors
    /// The table's.
    pub async fn lead_imports(
        &self,
        of: Option<&SupplierRef>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<LeadImport>, Error> {
        // One more than is asked for tells whether there are more.
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", text(keys::lead_imports(of)))
            .expression_attribute_values(":before", text(after.unwrap_or(AFTER_ALL_TIME)))
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .scan_index_forward(false)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let mut lines: Vec<String> = got.items.unwrap_or_default().iter().map(|item| key_of(item).sk).collect();
        let has_more = lines.len() > limit;
        lines.truncate(limit);
        let ids: Vec<LeadImportId> = lines.iter().filter_map(|sk| keys::listed_import(sk)).collect();
        let mut page = Page { items: Vec::new(), unreadable: Vec::new(), last: lines.pop().filter(|_| has_more) };
        for ids in ids.chunks(BATCH) {
            let keys = ids.iter().map(|id| keys::lead_import(*id));
            let (files, unreadable) = readable(rows(self.db.batch_get_item(), &self.tables.leads, keys, false).await?);
            let mut files: HashMap<_, _> = files.into_iter().map(|file: LeadImport| (file.id, file)).collect();
            page.items.extend(ids.iter().filter_map(|id| files.remove(id)));
            page.unreadable.extend(unreadable);
        }
        Ok(page)
    }
}
