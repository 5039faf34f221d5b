//! What the events of a chunk add up to: cells of the cube, and what they move on accounts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{
    campaign::Campaign,
    id::CampaignRef,
    journal::EntryKind,
    money::Currency,
    report::{Counts, Days, View},
};
use jiff::civil::Date;
use serde::Serialize;

use super::{CellId, ChunkId, Happened, Party, event::Row};
use crate::{
    Error, Store,
    item::{Item, key_attributes, to_item},
    keys::{self, Grain},
};

/// Most shards of a number, however many a campaign has for its leads. Shards keep transactions out of each other's way: of
/// fifteen batches a second, at 1,000 sales, five meet in a shard. Partitions need none, as cells lie in slots by themselves; and
/// each shard is as many rows again that reports and statements read: with four, a year by month would cost over 50 units.
pub(super) const MAX_SHARDS: u8 = 3;

/// Something that a transaction adds to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A cell, but for its shard.
    Cell(CellId),
    /// An account's row, but for its shard.
    Account(Party, Date, EntryKind, Currency),
}

/// What is added to an account's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Moved {
    /// Entries.
    pub(super) n: i64,
    /// Minor units.
    pub(super) m: i64,
}

/// What some events add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    cells: BTreeMap<CellId, Counts>,
    accounts: BTreeMap<(Party, Date, EntryKind, Currency), Moved>,
}

impl Sums {
    /// None where an amount cannot be held.
    pub(super) fn of(rows: &[Row]) -> Option<Self> {
        rows.iter().try_fold(Self::default(), Self::and)
    }

    fn and(mut self, row: &Row) -> Option<Self> {
        for (cell, counts) in row.happened.cells(row.days) {
            let sum = self.cells.entry(cell).or_default();
            *sum = sum.checked_add(counts)?;
        }
        for (account, minor) in moved(row) {
            let sum = self.accounts.entry(account).or_default();
            *sum = Moved { n: sum.n + 1, m: sum.m.checked_add(minor)? };
        }
        Some(self)
    }
}

/// What an event adds to.
pub(super) fn targets(row: &Row) -> BTreeSet<Target> {
    let cells = row.happened.cells(row.days).into_iter().map(|(cell, _)| Target::Cell(cell));
    let accounts = moved(row).into_iter();
    cells.chain(accounts.map(|((party, day, kind, currency), _)| Target::Account(party, day, kind, currency))).collect()
}

impl Happened {
    /// The cells that it counts in.
    pub(super) fn cells(&self, days: Days) -> Vec<(CellId, Counts)> {
        let Some((place, counts)) = self.counts().filter(|(_, counts)| !counts.is_nothing()) else {
            return Vec::new();
        };
        let of = |view, grain, day| (CellId { view, grain, day, place: place.clone() }, counts);
        let mut cells = Vec::new();
        for grain in Grain::ALL {
            let days = View::ALL.map(|view| grain.of(days.day(view)));
            match days {
                [day, sold, booked] if day == sold && day == booked => cells.push(of(None, grain, day)),
                days => cells.extend(View::ALL.into_iter().zip(days).map(|(view, day)| of(Some(view), grain, day))),
            }
        }
        cells
    }
}

/// The accounts that an event moves something on, and how much.
fn moved(row: &Row) -> Vec<((Party, Date, EntryKind, Currency), i64)> {
    let Some(entry) = row.happened.entry() else { return Vec::new() };
    let (day, currency) = (row.days.booked, row.happened.currency());
    Party::moved_by(entry).into_iter().map(|(party, minor)| ((party, day, entry.kind, currency), minor)).collect()
}

impl Store {
    /// The writes that add these sums.
    pub(super) async fn adding(&self, sums: &Sums, chunk: &ChunkId) -> Result<Vec<TransactWriteItem>, Error> {
        let campaigns = sums.cells.keys().map(|cell| cell.place.campid.clone()).collect();
        let shards = self.shards(campaigns, chunk.day()).await?;
        // An account is in as many campaigns as it likes; it is as busy as the busiest of them.
        let busiest = shards.values().copied().max().unwrap_or(1);
        let cells = sums.cells.iter().filter(|(_, counts)| !counts.is_nothing()).map(|(cell, sum)| {
            let shard = chunk.shard(shards.get(&cell.place.campid).copied().unwrap_or(1));
            self.add(cell.shard(shard), &to_item(sum)?)
        });
        let accounts = sums.accounts.iter().map(|((party, day, kind, currency), sum)| {
            let key = keys::account(party.partition(), *day, *kind, *currency, chunk.shard(busiest));
            self.add(key, &to_item(sum)?)
        });
        cells.chain(accounts).collect()
    }

    fn add(&self, key: keys::Key, numbers: &Item) -> Result<TransactWriteItem, Error> {
        let (names, values, expression) = addition(numbers);
        let update = Update::builder()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(key)))
            .update_expression(expression)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Over how many shards the numbers of these campaigns are spread.
    async fn shards(&self, campaigns: BTreeSet<CampaignRef>, day: Date) -> Result<BTreeMap<CampaignRef, u8>, Error> {
        let mut shards = BTreeMap::new();
        for campid in campaigns {
            let campaign = self.cached_if_readable::<Campaign>(campid.as_str()).await?;
            shards.insert(campid, campaign.map_or(1, |campaign| campaign.shards_on(day)).min(MAX_SHARDS));
        }
        Ok(shards)
    }
}

/// The names, the values and the expression of an update that adds these numbers.
pub(super) fn addition(numbers: &Item) -> (HashMap<String, String>, Item, String) {
    let mut names: Vec<&String> = numbers.keys().collect();
    names.sort();
    let added: Vec<String> = names.iter().map(|name| format!("#{name} :{name}")).collect();
    let names = names.into_iter().map(|name| (format!("#{name}"), name.clone())).collect();
    let values = numbers.iter().map(|(name, value)| (format!(":{name}"), value.clone())).collect();
    (names, values, format!("ADD {}", added.join(", ")))
}
