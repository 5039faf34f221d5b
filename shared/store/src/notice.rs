//! Notices: what somebody should know, told once, listed newest first, and gone after 90 days; and how far each is on its ways.
//!
//! A notice is written with an entry in the list of what is still to be done, by when; each step of it moves the entry in the same
//! transaction. What happens in thousands is told in groups (`group`).

mod closing;
mod group;
mod list;
mod recipient;
mod work;

use aws_sdk_dynamodb::types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{notice::Notice, time::later};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use self::{
    recipient::Recipient,
    work::{NotifyJob, Work},
};
use crate::{
    Error, Store,
    conditional::{Conditional, Transacted, all_or_none},
    item::{Item, from_item, key_attributes, number, to_item},
    keys,
};

/// How long a notice is kept, and what it was made of.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Where no notice is yet.
const IF_NEW: &str = "attribute_not_exists(pk)";
/// The place of the notice among the writes of a transaction.
const NOTICE: usize = 0;

/// A notice as a row.
#[derive(Serialize)]
struct Row<'a> {
    pk: String,
    sk: String,
    /// When the table may forget it, in seconds since 1970.
    x: i64,
    #[serde(flatten)]
    notice: &'a Notice,
}

impl Store {
    /// Keeps a notice, to be told by the ways that its recipient has for it. One that is there already stays as it is.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_notice(&self, notice: &Notice) -> Result<(), Error> {
        let notice = notice.clone().by(self.ways_to(&notice.to, notice.kind).await?);
        if notice.due().is_none() {
            let put = self.db.put_item().table_name(&self.tables.setup).set_item(Some(row(&notice)?));
            return put.condition_expression(IF_NEW).written().await.map(drop);
        }
        all_or_none(self.db.transact_write_items(), self.new_notice(&notice)?, "a notice").await.map(drop)
    }

    /// Reads a notice as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn notice(&self, at: Timestamp, id: &str) -> Result<Option<Notice>, Error> {
        self.setup_item(keys::notice(at, id)).await?.map(from_item).transpose()
    }

    /// Writes the next step of a notice, and returns it as it is then; none: somebody else has written it meanwhile.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_notice(&self, before: &Notice, after: Notice) -> Result<Option<Notice>, Error> {
        let after = Notice { version: before.version + 1, ..after };
        let was = (before.version > 0).then_some(before.version);
        let condition = if was.is_some() { "v = :before" } else { "attribute_exists(pk) AND attribute_not_exists(v)" };
        let put = Put::builder().condition_expression(condition);
        let put = put.set_expression_attribute_values(was.map(|was| [(":before".to_owned(), number(was))].into()));
        let mut writes = vec![self.notice_write(put, &after)?];
        if before.due() != after.due() {
            let (open, done) = (after.due().map(|due| work::entry(&after, due)), before.due());
            writes.extend(open.map(|open| self.put_entry(open)).transpose()?);
            writes.extend(done.map(|due| self.drop_entry(work::entry(before, due))).transpose()?);
        }
        match all_or_none(self.db.transact_write_items(), writes, "a notice").await? {
            Transacted::Done => Ok(Some(after)),
            Transacted::Refused(refused) => {
                // A write that was answered into the void finds itself when the client makes it again.
                let there = refused.get(&NOTICE).cloned().flatten().map(from_item::<Notice>).transpose()?;
                Ok(there.filter(|there| *there == after))
            }
        }
    }

    /// Writes a notice unless it is there, and drops the entry that called for it. Without that entry it is written by now, or
    /// called for by another one, at another time: then it is not written at this one.
    async fn put_called_for(&self, notice: &Notice, entry: keys::Key) -> Result<(), Error> {
        let mut writes = self.new_notice(notice)?;
        writes.push(self.take_entry(entry.clone())?);
        match all_or_none(self.db.transact_write_items(), writes, "a notice").await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(_) => self.delete_entry(entry).await,
        }
    }

    /// The notice if it is new, and where it stands on the list.
    fn new_notice(&self, notice: &Notice) -> Result<Vec<TransactWriteItem>, Error> {
        let put = self.notice_write(Put::builder().condition_expression(IF_NEW), notice)?;
        let entry = notice.due().map(|due| self.put_entry(work::entry(notice, due))).transpose()?;
        Ok(std::iter::once(put).chain(entry).collect())
    }

    fn notice_write(
        &self,
        put: aws_sdk_dynamodb::types::builders::PutBuilder,
        notice: &Notice,
    ) -> Result<TransactWriteItem, Error> {
        let put = put
            .table_name(&self.tables.setup)
            .set_item(Some(row(notice)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_entry(&self, entry: keys::Key) -> Result<TransactWriteItem, Error> {
        let put = Put::builder().table_name(&self.tables.setup).set_item(Some(key_attributes(entry)));
        Ok(TransactWriteItem::builder().put(put.build().map_err(Error::item)?).build())
    }

    fn drop_entry(&self, entry: keys::Key) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(&self.tables.setup).set_key(Some(key_attributes(entry)));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(Error::item)?).build())
    }

    async fn delete_entry(&self, entry: keys::Key) -> Result<(), Error> {
        let delete = self.db.delete_item().table_name(&self.tables.setup).set_key(Some(key_attributes(entry)));
        delete.send().await.map(drop).map_err(Error::service("DeleteItem"))
    }
}

fn row(notice: &Notice) -> Result<Item, Error> {
    let keys::Key { pk, sk } = keys::notice(notice.at, &notice.id);
    to_item(&Row { pk, sk, x: later(notice.at, KEPT_FOR).as_second(), notice })
}
