//! Accounts: what the entries of each day move for a buyer or a supplier. Statements are read from here.

use std::collections::BTreeMap;

use domain::{
    id::{BuyerRef, SupplierRef},
    journal::EntryKind,
    money::{Currency, MoneyError},
};
use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    Error, Store,
    item::{Item, from_item, text},
    keys,
};

/// Whose account is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A buyer's: what it owes us, what it has paid in advance taken off.
    Buyer(BuyerRef),
    /// A supplier's: what we owe it.
    Supplier(SupplierRef),
}

/// What the entries of one kind moved on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The day on which they are booked.
    pub day: Date,
    /// Their kind.
    pub kind: EntryKind,
    /// Their currency.
    pub currency: Currency,
    /// How many they are.
    pub entries: i64,
    /// What they move, in minor units.
    pub minor: i64,
}

/// An account over some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPeriod {
    /// What it came to before the first day, in minor units.
    pub opening: BTreeMap<Currency, i64>,
    /// What was moved since, by day, kind and currency.
    pub rows: Vec<AccountRow>,
}

#[derive(Deserialize)]
struct Numbers {
    sk: String,
    n: i64,
    m: i64,
}

impl Store {
    /// What was booked on an account from one day to another, both included, and what it came to before.
    ///
    /// # Errors
    /// The table's; a sum that cannot be held.
    pub async fn account(&self, party: &Party, from: Date, to: Date) -> Result<AccountPeriod, Error> {
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk < :until")
            .expression_attribute_values(":pk", text(party.partition()))
            .expression_attribute_values(":until", text(keys::account_until(to)))
            .into_paginator()
            .send();
        let mut opening = BTreeMap::<Currency, i64>::new();
        let mut rows = BTreeMap::<(Date, EntryKind, Currency), (i64, i64)>::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                let shard = read(item)?;
                if shard.day < from {
                    add(opening.entry(shard.currency).or_default(), shard.minor)?;
                } else {
                    let (entries, minor) = rows.entry((shard.day, shard.kind, shard.currency)).or_default();
                    add(entries, shard.entries)?;
                    add(minor, shard.minor)?;
                }
            }
        }
        let row = |((day, kind, currency), (entries, minor))| AccountRow { day, kind, currency, entries, minor };
        Ok(AccountPeriod { opening, rows: rows.into_iter().map(row).collect() })
    }
}

impl Party {
    pub(super) fn partition(&self) -> String {
        match self {
            Self::Buyer(bid) => keys::buyer_account(bid),
            Self::Supplier(sid) => keys::supplier_account(sid),
        }
    }
}

/// What a shard of an account's row holds.
pub(super) fn read(item: Item) -> Result<AccountRow, Error> {
    let Numbers { sk, n, m } = from_item(item)?;
    let (day, kind, currency) = keys::account_of(&sk).ok_or_else(|| Error::item(NoAccountRow))?;
    Ok(AccountRow { day, kind, currency, entries: n, minor: m })
}

pub(super) fn add(sum: &mut i64, more: i64) -> Result<(), Error> {
    *sum = sum.checked_add(more).ok_or_else(|| Error::item(MoneyError::Overflow))?;
    Ok(())
}

/// The row is none of an account.
#[derive(Debug, thiserror::Error)]
#[error("the sort key is not an account row's")]
struct NoAccountRow;
