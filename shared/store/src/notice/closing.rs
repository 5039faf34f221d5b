//! Groups that close, and what was put into them.

use std::time::Duration;

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use domain::{
    access::Principal,
    notice::{MAX_DETAILS, Notice, NoticeItem, NoticeKind, Summary},
};
use jiff::Timestamp;

use super::{Work, group::Packed};
use crate::{
    Error, Store,
    conditional::{Transacted, all_or_none},
    item::{key_attributes, readable, text},
    keys,
};

/// What was put into a group that has closed can be read by then.
const SETTLES_WITHIN: Duration = Duration::from_millis(300);
/// Rows that the first items are looked for in at once: most hold many.
const FIRST_ROWS: i32 = 4;

impl Store {
    /// Closes a group that was to be told at `due`, and writes its notice. Returns what is to be done next: none where nothing was
    /// put into it, or its recipient does not want to hear of it any more.
    ///
    /// # Errors
    /// The table's; closing it again does no harm.
    pub async fn close_group(
        &self,
        to: &Principal,
        kind: NoticeKind,
        group: &str,
        due: Timestamp,
    ) -> Result<Option<Work>, Error> {
        let work = Work::Close { to: to.clone(), kind, group: group.to_owned() };
        let open = keys::open_group(to, kind);
        let close = Delete::builder().table_name(&self.tables.setup).set_key(Some(key_attributes(open)));
        let close = close.condition_expression("id = :id").expression_attribute_values(":id", text(group));
        let close = TransactWriteItem::builder().delete(close.build().map_err(Error::item)?).build();
        // As a transaction, which waits for those that put items at the moment. If it is refused, it was closed before, and the next
        // one may have begun.
        if all_or_none(self.db.transact_write_items(), vec![close], "a group of notices").await? == Transacted::Done {
            // A query may not see at once all of a transaction that was done a moment before.
            tokio::time::sleep(SETTLES_WITHIN).await;
        }
        let mut summary = Summary::default();
        let mut after = None;
        loop {
            let (items, last) = self.group_page(group, after.as_deref(), None).await?;
            summary = items.iter().fold(summary, Summary::with);
            let Some(last) = last else { break };
            after = Some(last);
        }
        if summary.count == 0 {
            self.delete_entry(keys::unsent(due, &work)).await?;
            return Ok(None);
        }
        let notice = Notice::of_group(to, kind, group.to_owned(), due, summary).by(self.ways_to(to, kind).await?);
        self.put_called_for(&notice, keys::unsent(due, &work)).await?;
        let send = Work::Send { to: notice.to.clone(), at: notice.at, id: notice.id.clone() };
        Ok(notice.due().map(|_| send))
    }

    /// The first items of a group that is closed: those that are told one by one.
    ///
    /// # Errors
    /// The table's.
    pub async fn first_items(&self, group: &str) -> Result<Vec<NoticeItem>, Error> {
        let (mut first, mut after) = (Vec::new(), None);
        loop {
            let (items, last) = self.group_page(group, after.as_deref(), Some(FIRST_ROWS)).await?;
            first.extend(items);
            match last {
                Some(last) if first.len() < MAX_DETAILS => after = Some(last),
                Some(_) | None => break,
            }
        }
        first.truncate(MAX_DETAILS);
        Ok(first)
    }

    /// Some items of a group, in an order that never changes, and where the rest begins. Rows that cannot be read are told, and left
    /// out.
    async fn group_page(
        &self,
        group: &str,
        after: Option<&str>,
        limit: Option<i32>,
    ) -> Result<(Vec<NoticeItem>, Option<String>), Error> {
        let start = after.map(|sk| key_attributes(keys::Key { pk: keys::group(group), sk: sk.to_owned() }));
        let got = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::group(group)))
            .consistent_read(true)
            .set_limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let last = got.last_evaluated_key.and_then(|key| key.get("sk").and_then(|sk| sk.as_s().ok()).cloned());
        let (rows, _) = readable::<Packed>(got.items.unwrap_or_default());
        Ok((rows.into_iter().flat_map(|row| row.i).collect(), last))
    }
}
