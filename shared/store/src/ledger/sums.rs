//! What the events of a chunk add up to: cells of the cube, and what they move on accounts.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{
    campaign::Campaign,
    id::CampaignRef,
    journal::EntryKind,
    money::Currency,
    report::{Counts, Place, View},
};
use jiff::civil::Date;
use serde::Serialize;

use super::{ChunkId, Party, event::Row};
use crate::{
    Error, Store,
    item::{Item, key_attributes, to_item},
    keys::{self, Grain},
};

/// Most shards of a number, however many a campaign has for its leads. Shards keep transactions out of each other's way: of
/// fifteen batches a second, at 1,000 sales, five meet in a shard. Partitions need none, as cells lie in slots by themselves; and
/// each shard is as many rows again that reports and statements read: with four, a year by month would cost over 50 units.
const MAX_SHARDS: u8 = 3;

/// Something that a transaction adds to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A cell, but for its shard; without a view it counts in all of them.
    Cell(Option<View>, Grain, Date, Place),
    /// An account's row, but for its shard.
    Account(Party, Date, EntryKind, Currency),
}

/// A cell, but for its shard: in one view or in all of them, of a day or a month, at a place.
type CellOf = (Option<View>, Grain, Date, Place);

/// What is added to an account's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Moved {
    /// Entries.
    n: i64,
    /// Minor units.
    m: i64,
}

/// What some events add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    cells: BTreeMap<CellOf, Counts>,
    accounts: BTreeMap<(Party, Date, EntryKind, Currency), Moved>,
}

impl Sums {
    /// None where an amount cannot be held.
    pub(super) fn of(rows: &[Row]) -> Option<Self> {
        rows.iter().try_fold(Self::default(), Self::and)
    }

    fn and(mut self, row: &Row) -> Option<Self> {
        for (cell, counts) in counted(row) {
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
    let cells = counted(row).into_iter().map(|((view, grain, day, place), _)| Target::Cell(view, grain, day, place));
    let accounts = moved(row).into_iter();
    cells.chain(accounts.map(|((party, day, kind, currency), _)| Target::Account(party, day, kind, currency))).collect()
}

/// The cells that an event counts in.
fn counted(row: &Row) -> Vec<(CellOf, Counts)> {
    let Some((place, counts)) = row.happened.counts().filter(|(_, counts)| !counts.is_nothing()) else {
        return Vec::new();
    };
    let of = |view, grain, day| ((view, grain, day, place.clone()), counts);
    let mut cells = Vec::new();
    for grain in Grain::ALL {
        let days = View::ALL.map(|view| grain.of(row.days.day(view)));
        match days {
            [day, sold, booked] if day == sold && day == booked => cells.push(of(None, grain, day)),
            days => cells.extend(View::ALL.into_iter().zip(days).map(|(view, day)| of(Some(view), grain, day))),
        }
    }
    cells
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
        let campaigns = sums.cells.keys().map(|(.., place)| place.campid.clone()).collect();
        let shards = self.shards(campaigns, chunk.day()).await?;
        // An account is in as many campaigns as it likes; it is as busy as the busiest of them.
        let busiest = shards.values().copied().max().unwrap_or(1);
        let cells =
            sums.cells.iter().filter(|(_, counts)| !counts.is_nothing()).map(|((view, grain, day, place), sum)| {
                let shard = chunk.shard(shards.get(&place.campid).copied().unwrap_or(1));
                self.add(keys::cell(*view, *grain, *day, place, shard), &to_item(sum)?)
            });
        let accounts = sums.accounts.iter().map(|((party, day, kind, currency), sum)| {
            let key = keys::account(party.partition(), *day, *kind, *currency, chunk.shard(busiest));
            self.add(key, &to_item(sum)?)
        });
        cells.chain(accounts).collect()
    }

    fn add(&self, key: keys::Key, numbers: &Item) -> Result<TransactWriteItem, Error> {
        let mut names: Vec<&String> = numbers.keys().collect();
        names.sort();
        let added: Vec<String> = names.iter().map(|name| format!("#{name} :{name}")).collect();
        let update = Update::builder()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(key)))
            .update_expression(format!("ADD {}", added.join(", ")))
            .set_expression_attribute_names(Some(
                names.iter().map(|name| (format!("#{name}"), (*name).clone())).collect(),
            ))
            .set_expression_attribute_values(Some(
                numbers.iter().map(|(name, value)| (format!(":{name}"), value.clone())).collect(),
            ))
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Over how many shards the numbers of these campaigns are spread.
    async fn shards(&self, campaigns: BTreeSet<CampaignRef>, day: Date) -> Result<BTreeMap<CampaignRef, u8>, Error> {
        let mut shards = BTreeMap::new();
        for campid in campaigns {
            let campaign = self.cached::<Campaign>(campid.as_str()).await?;
            shards.insert(campid, campaign.map_or(1, |campaign| campaign.shards_on(day)).min(MAX_SHARDS));
        }
        Ok(shards)
    }
}
