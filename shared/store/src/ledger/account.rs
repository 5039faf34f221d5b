//! Accounts: what the entries of each day move for a buyer or a supplier. Statements are read from here.

use std::collections::BTreeMap;

use domain::{
    id::{BuyerRef, SupplierRef},
    journal::{Account, Entry, EntryKind},
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

/// A shard that was made to put one number right has no other.
#[derive(Deserialize)]
struct Numbers {
    sk: String,
    #[serde(default)]
    n: i64,
    #[serde(default)]
    m: i64,
}

impl Store {
    /// What was booked on an account from one day to another, both included, and what it came to before.
    ///
    /// # Errors
    /// The table's; a sum that cannot be held.
    pub async fn account(&self, party: &Party, from: Date, to: Date) -> Result<AccountPeriod, Error> {
        let (mut opening, mut rows) = (BTreeMap::<Currency, i64>::new(), Rows::default());
        let each = |shard: AccountRow| {
            if shard.day < from {
                add(opening.entry(shard.currency).or_default(), shard.minor)
            } else {
                rows.add(shard)
            }
        };
        self.account_shards(party, None, to, each).await?;
        // What was put right may have come to nothing.
        opening.retain(|_, minor| *minor != 0);
        let rows = rows.0.into_values().filter(|row| (row.entries, row.minor) != (0, 0)).collect();
        Ok(AccountPeriod { opening, rows })
    }

    /// What was booked on an account from one day to another, both included.
    ///
    /// # Errors
    /// As for [`Store::account`].
    pub(crate) async fn account_since(&self, party: &Party, from: Date, to: Date) -> Result<Vec<AccountRow>, Error> {
        let mut rows = Rows::default();
        self.account_shards(party, Some(from), to, |shard| rows.add(shard)).await?;
        Ok(rows.0.into_values().collect())
    }

    /// What the entries of one day move on an account, by kind and currency.
    ///
    /// # Errors
    /// The table's; a sum that cannot be held.
    pub async fn account_day(&self, party: &Party, day: Date) -> Result<Vec<AccountRow>, Error> {
        self.account_since(party, day, day).await
    }

    /// Goes through the rows of an account from a day, or from the first one, to another; there may be several of each, as shards.
    async fn account_shards(
        &self,
        party: &Party,
        from: Option<Date>,
        to: Date,
        mut each: impl FnMut(AccountRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // No day begins with a blank.
        let from = from.map_or_else(|| " ".to_owned(), |day| day.to_string());
        let mut pages = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :until")
            .expression_attribute_values(":pk", text(party.partition()))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":until", text(keys::account_until(to)))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::service("Query"))?.items.unwrap_or_default() {
                each(read(item)?)?;
            }
        }
        Ok(())
    }
}

/// Rows with their shards added up.
#[derive(Debug, Default)]
struct Rows(BTreeMap<(Date, EntryKind, Currency), AccountRow>);

impl Rows {
    fn add(&mut self, shard: AccountRow) -> Result<(), Error> {
        let none = AccountRow { entries: 0, minor: 0, ..shard };
        let row = self.0.entry((shard.day, shard.kind, shard.currency)).or_insert(none);
        add(&mut row.entries, shard.entries)?;
        add(&mut row.minor, shard.minor)
    }
}

impl Party {
    /// What an entry moves for each party, in minor units.
    pub fn moved_by(entry: &Entry) -> BTreeMap<Self, i64> {
        let moved = entry.lines.iter().filter_map(|line| match &line.account {
            Account::BuyerReceivable(bid) | Account::BuyerCredit(bid) => {
                Some((Self::Buyer(bid.clone()), entry.owed_by(bid)))
            }
            Account::SupplierPayable(sid) => Some((Self::Supplier(sid.clone()), entry.owed_to(sid))),
            Account::Revenue(_) | Account::PayoutCost(_) | Account::Cash | Account::Adjustments => None,
        });
        moved.collect()
    }

    pub(super) fn partition(&self) -> String {
        match self {
            Self::Buyer(bid) => keys::buyer_account(bid),
            Self::Supplier(sid) => keys::supplier_account(sid),
        }
    }
}

/// What a shard of an account's row holds.
fn read(item: Item) -> Result<AccountRow, Error> {
    let Numbers { sk, n, m } = from_item(item)?;
    let (day, kind, currency) = keys::account_of(&sk).ok_or_else(|| Error::item(NoAccountRow))?;
    Ok(AccountRow { day, kind, currency, entries: n, minor: m })
}

fn add(sum: &mut i64, more: i64) -> Result<(), Error> {
    *sum = sum.checked_add(more).ok_or_else(|| Error::item(MoneyError::Overflow))?;
    Ok(())
}

/// The row is none of an account.
#[derive(Debug, thiserror::Error)]
#[error("the sort key is not an account row's")]
struct NoAccountRow;
