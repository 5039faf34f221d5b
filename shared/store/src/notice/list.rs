//! Notices of the last 90 days, newest first, page by page.

use domain::{
    access::Principal,
    notice::Notice,
    time::{later, months_back},
};
use jiff::Timestamp;

use super::KEPT_FOR;
use crate::{
    Error, Page, Store, Unreadable,
    item::{Item, from_item, key_of, text},
    keys,
};

/// Sorts behind every instant.
const AFTER_ALL_TIME: &str = "~";
/// Rows that are read for one page at most: of somebody who is told little, it may be short although more follow.
const MAX_READ: usize = 2_000;
/// Rows per read where some are left out.
const AT_ONCE: usize = 250;

/// Some rows of a month, and whether that was the rest of it.
struct Rows {
    items: Vec<Item>,
    is_rest: bool,
}

impl Store {
    /// Lists the notices of the last 90 days, newest first, from behind `after`; those to somebody, or to all. None if `after` is no
    /// place in this list. Those that cannot be read are named.
    ///
    /// # Errors
    /// The table's.
    pub async fn notices(
        &self,
        now: Timestamp,
        limit: u16,
        after: Option<&str>,
        to: Option<&Principal>,
    ) -> Result<Option<Page<Notice>>, Error> {
        let Some(newest) = after.map_or(Some(now), time_of) else { return Ok(None) };
        let wanted = usize::from(limit);
        let mut page = Page { items: Vec::new(), unreadable: Vec::new(), last: None };
        let mut before = after.unwrap_or(AFTER_ALL_TIME).to_owned();
        let mut read = 0;
        for month in months_back(newest.min(now), later(now, -KEPT_FOR)).map(keys::notices) {
            loop {
                let missing = wanted - page.items.len() - page.unreadable.len();
                // One more than is asked for tells whether there are more.
                let at_once = if to.is_some() { AT_ONCE } else { missing + 1 };
                let Rows { items, is_rest } = self.notices_of(&month, at_once, &before).await?;
                read += items.len();
                for item in items {
                    if page.items.len() + page.unreadable.len() == wanted {
                        return Ok(Some(Page { last: Some(before), ..page }));
                    }
                    before = key_of(&item).sk;
                    add(&mut page, item, to);
                }
                if is_rest {
                    break;
                }
                if read >= MAX_READ {
                    return Ok(Some(Page { last: Some(before), ..page }));
                }
            }
        }
        Ok(Some(page))
    }

    /// Up to `limit` notices of a month, newest first, from before the sort key `before`.
    async fn notices_of(&self, month: &str, limit: usize, before: &str) -> Result<Rows, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", text(month))
            .expression_attribute_values(":before", text(before))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .scan_index_forward(false)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        Ok(Rows { items: got.items.unwrap_or_default(), is_rest: got.last_evaluated_key.is_none() })
    }
}

/// Puts a row on the page, if it is to whom is asked for.
fn add(page: &mut Page<Notice>, item: Item, to: Option<&Principal>) {
    let key = key_of(&item);
    match from_item::<Notice>(item) {
        Ok(notice) => page.items.extend(Some(notice).filter(|notice| to.is_none_or(|to| notice.to == *to))),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a notice is left out");
            page.unreadable.push(Unreadable::at(key, None));
        }
    }
}

/// The instant at the start of a sort key.
fn time_of(sk: &str) -> Option<Timestamp> {
    sk.split_once('#')?.0.parse().ok()
}
