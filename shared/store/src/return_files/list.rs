//! Lists of files of returns, newest first.

use std::collections::HashMap;

use domain::{
    id::{BuyerRef, ReturnFileId},
    time::{later, months_back},
};
use jiff::{SignedDuration, Timestamp};

use super::ReturnFile;
use crate::{
    Error, Page, Store,
    item::{key_of, readable, text},
    keys,
    rows::rows,
};

/// How far back files are listed: as long as their results are kept (`infra/template.yaml`).
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Sorts behind every instant.
const AFTER_ALL_TIME: &str = "~";
/// Files that one batch read takes.
const BATCH: usize = 100;

impl Store {
    /// Up to `limit` files, of one buyer or of all, newest first, from behind `after`, which is the `last` of another page. Those that
    /// cannot be read are named.
    ///
    /// # Errors
    /// The table's.
    pub async fn return_files(
        &self,
        of: Option<&BuyerRef>,
        now: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ReturnFile>, Error> {
        let newest = after.and_then(keys::listed_at).unwrap_or(now).min(now);
        let before = after.unwrap_or(AFTER_ALL_TIME);
        let mut lines: Vec<String> = Vec::new();
        for month in months_back(newest, later(now, -LISTED_FOR)) {
            // One more than is asked for tells whether there are more.
            let missing = (limit + 1).saturating_sub(lines.len());
            if missing == 0 {
                break;
            }
            lines.extend(self.return_file_lines(&keys::return_files(of, month), before, missing).await?);
        }
        let has_more = lines.len() > limit;
        lines.truncate(limit);
        let ids: Vec<ReturnFileId> = lines.iter().filter_map(|sk| keys::listed_file(sk)).collect();
        let mut page = Page { items: Vec::new(), unreadable: Vec::new(), last: lines.pop().filter(|_| has_more) };
        for ids in ids.chunks(BATCH) {
            let keys = ids.iter().map(|id| keys::return_file(*id));
            let (files, unreadable) = readable(rows(self.db.batch_get_item(), &self.tables.ledger, keys, false).await?);
            let mut files: HashMap<_, _> = files.into_iter().map(|file: ReturnFile| (file.id, file)).collect();
            page.items.extend(ids.iter().filter_map(|id| files.remove(id)));
            page.unreadable.extend(unreadable);
        }
        Ok(page)
    }

    /// Up to `limit` sort keys of a month, newest first, from before `before`.
    async fn return_file_lines(&self, month: &str, before: &str, limit: usize) -> Result<Vec<String>, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", text(month))
            .expression_attribute_values(":before", text(before))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .scan_index_forward(false)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        Ok(got.items.unwrap_or_default().iter().map(|item| key_of(item).sk).collect())
    }
}
