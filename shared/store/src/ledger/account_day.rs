//! One day of an account, to be compared with what was booked on it.

use std::collections::BTreeMap;

use domain::{journal::EntryKind, money::Currency};
use jiff::civil::Date;

use super::{
    AccountRow, Party,
    account::{add, read},
};
use crate::{Error, Store, item::text, keys};

impl Store {
    /// What the entries of one day move on an account, by kind and currency.
    ///
    /// # Errors
    /// The table's; a sum that cannot be held.
    pub async fn account_day(&self, party: &Party, day: Date) -> Result<Vec<AccountRow>, Error> {
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :until")
            .expression_attribute_values(":pk", text(party.partition()))
            .expression_attribute_values(":from", text(day.to_string()))
            .expression_attribute_values(":until", text(keys::account_until(day)))
            .into_paginator()
            .send();
        let mut rows = BTreeMap::<(EntryKind, Currency), AccountRow>::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                let shard = read(item)?;
                let none = AccountRow { entries: 0, minor: 0, ..shard };
                let row = rows.entry((shard.kind, shard.currency)).or_insert(none);
                add(&mut row.entries, shard.entries)?;
                add(&mut row.minor, shard.minor)?;
            }
        }
        Ok(rows.into_values().collect())
    }
}
