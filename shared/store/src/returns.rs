//! Lists of returns, newest first, by when they were asked for. They may lag, and say what is no longer so.

use domain::{
    finder::{FoundReturn, Returns},
    time::months_back,
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Error, Page, Store,
    item::{from_item, text},
    keys,
};

/// Behind all lines of an instant.
const END: char = '~';

#[derive(Deserialize)]
struct Line {
    sk: String,
}

impl Store {
    /// Up to `limit` returns on a list that were asked for from one instant to another, both included, from behind `after`, which
    /// is the `last` of another page or a [`Store::returns_cursor`].
    ///
    /// # Errors
    /// The table's.
    pub async fn returns(
        &self,
        list: &Returns,
        (from, until): (Timestamp, Timestamp),
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<FoundReturn>, Error> {
        let end = format!("{}{END}", keys::returned_from(until));
        let before = after.map_or(end.as_str(), |after| after.min(end.as_str()));
        let newest = after.and_then(|after| Some(keys::found_return_of(after)?.asked_at)).unwrap_or(until).min(until);
        let mut lines: Vec<String> = Vec::new();
        for month in months_back(newest, from) {
            // One more than is asked for tells whether there are more.
            let missing = (limit + 1).saturating_sub(lines.len());
            if missing == 0 {
                break;
            }
            lines.extend(self.returns_of(list, month, (from, before), missing).await?);
        }
        let has_more = lines.len() > limit;
        lines.truncate(limit);
        let last = lines.last().filter(|_| has_more).cloned();
        let items = lines.iter().filter_map(|sk| keys::found_return_of(sk)).collect();
        Ok(Page { items, unreadable: Vec::new(), last })
    }

    /// Where the returns behind this one begin.
    pub fn returns_cursor(back: &FoundReturn) -> String {
        keys::found_return(&Returns::All, back).sk
    }

    /// Up to `limit` sort keys of a month, newest first, from before `before`.
    async fn returns_of(
        &self,
        list: &Returns,
        month: Timestamp,
        (from, before): (Timestamp, &str),
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let from = keys::returned_from(from);
        // The table refuses a range that ends before it begins.
        if *before <= *from {
            return Ok(Vec::new());
        }
        let mut sks: Vec<String> = Vec::new();
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :before")
            .expression_attribute_values(":pk", text(keys::returns(list, month)))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":before", text(before))
            .projection_expression("sk")
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .scan_index_forward(false)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                let Line { sk } = from_item(item)?;
                // The one that it goes on behind is in the range.
                if sk != before {
                    sks.push(sk);
                }
            }
            if sks.len() >= limit {
                break;
            }
        }
        sks.truncate(limit);
        Ok(sks)
    }
}
