//! What is counted, and putting right what does not come to that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    journal::EntryKind,
    money::{Currency, MoneyError},
    report::Counts,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;

use super::{
    BookedEvent, CellId, ChunkId, Party,
    chunk::{ChunkRow, Fate},
    event::referred_to,
    sums::{MAX_SHARDS, Moved, addition},
};
use crate::{
    Error, Page, Store,
    conditional::Conditional,
    item::{Item, from_item, key_attributes, key_of, number, text, to_item},
    keys,
    rows::rows,
};

/// Chunks that are read at once; with all that they count, some megabytes.
const CHUNKS: i32 = 25;
/// Rows that one read by keys takes.
const BATCH: usize = 100;
/// Reads by keys at the same time.
const CONCURRENCY: usize = 8;

/// Numbers by their names.
type Numbers = BTreeMap<String, i64>;

impl BookedEvent {
    /// The cells that it counts in.
    pub fn cells(&self) -> Vec<(CellId, Counts)> {
        self.happened.cells(self.days)
    }
}

impl Store {
    /// Everything that counts and was booked on a day, whether it moves money or not, some chunks at a time, from behind
    /// `after` on. What was booked once more is told where it is counted now.
    ///
    /// # Errors
    /// The table's.
    pub async fn counted(&self, day: Date, after: Option<&str>) -> Result<Page<BookedEvent>, Error> {
        let asked = self
            .db
            .query()
            .table_name(&self.tables.ledger)
            .key_condition_expression("pk = :pk AND sk > :after")
            .expression_attribute_values(":pk", text(keys::booked(day)))
            .expression_attribute_values(":after", text(after.unwrap_or(keys::CHUNKS_START)))
            .consistent_read(true)
            .limit(CHUNKS);
        let page = asked.send().await.map_err(Error::service("Query"))?;
        let last = page.last_evaluated_key.as_ref().and_then(|key| key.get("sk")?.as_s().ok().cloned());
        let mut named = BTreeSet::<(ChunkId, keys::Key)>::new();
        for item in page.items.unwrap_or_default() {
            let row: ChunkRow = from_item(item)?;
            let id = row.id(day)?;
            if row.fate == Fate::Applied {
                let all = row.entries.iter().chain(&row.others);
                named.extend(all.filter_map(|reference| Some((id.clone(), referred_to(reference)?))));
            }
        }
        let rows = self.events(named.iter().map(|(_, key)| key.clone()).collect()).await?;
        let items =
            named.iter().filter_map(|(chunk, key)| rows.get(key).filter(|event| event.chunk == *chunk).cloned());
        Ok(Page { items: items.collect(), unreadable: Vec::new(), last })
    }

    /// Those that are there.
    async fn events(&self, named: BTreeSet<keys::Key>) -> Result<HashMap<keys::Key, BookedEvent>, Error> {
        let named: Vec<keys::Key> = named.into_iter().collect();
        let reads = named.chunks(BATCH).map(|some| async {
            let found = rows(self.db.batch_get_item(), &self.tables.ledger, some.to_vec(), true).await?;
            let event = |row| Ok::<_, Error>((key_of(&row), BookedEvent::read(row)?));
            found.into_iter().map(event).collect::<Result<Vec<_>, _>>()
        });
        let all: Vec<Vec<_>> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
        Ok(all.into_iter().flatten().collect())
    }

    /// Makes a cell come to `to`, if `from` is what it comes to still; whether it has.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it has.
    pub async fn put_cell_right(&self, cell: &CellId, from: Counts, to: Counts) -> Result<bool, Error> {
        let shards = (0..MAX_SHARDS).map(|shard| cell.shard(shard)).collect();
        self.put_right(shards, &to_item(&from)?, &to_item(&to)?).await
    }

    /// Makes what entries of one kind, day and currency move on an account come to `to`, if `from` is what it comes to still;
    /// whether it has. Both are the number of the entries, and what they move in minor units.
    ///
    /// # Errors
    /// As for [`Store::put_cell_right`].
    pub async fn put_account_right(
        &self,
        (party, day): (&Party, Date),
        (kind, currency): (EntryKind, Currency),
        from: (i64, i64),
        to: (i64, i64),
    ) -> Result<bool, Error> {
        let key = |shard| keys::account(party.partition(), day, kind, currency, shard);
        let [from, to] = [from, to].map(|(n, m)| to_item(&Moved { n, m }));
        self.put_right((0..MAX_SHARDS).map(key).collect(), &from?, &to?).await
    }

    /// Adds what is missing to the first shard, unless that has just been changed: so of two that do this one does.
    async fn put_right(&self, shards: Vec<keys::Key>, from: &Item, to: &Item) -> Result<bool, Error> {
        let Some(first) = shards.first().cloned() else { return Ok(false) };
        let found = rows(self.db.batch_get_item(), &self.tables.ledger, shards, true).await?;
        let mut sum = Numbers::new();
        for row in &found {
            for (name, number) in numbers(row)? {
                let sum = sum.entry(name).or_default();
                *sum = sum.checked_add(number).ok_or_else(|| Error::item(MoneyError::Overflow))?;
            }
        }
        sum.retain(|_, number| *number != 0);
        let (from, to) = (numbers(from)?, numbers(to)?);
        let missing = difference(&to, &from)?;
        if sum != from || missing.is_empty() {
            return Ok(false);
        }
        let before = found.iter().find(|row| key_of(row) == first);
        let (names, mut values, expression) =
            addition(&missing.iter().map(|(name, more)| (name.clone(), number(more))).collect());
        let mut conditions = Vec::new();
        for name in missing.keys() {
            conditions.push(match before.and_then(|row| row.get(name)) {
                Some(value) => {
                    values.insert(format!(":was_{name}"), value.clone());
                    format!("#{name} = :was_{name}")
                }
                None => format!("attribute_not_exists(#{name})"),
            });
        }
        let update = self
            .db
            .update_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(first)))
            .update_expression(expression)
            .condition_expression(conditions.join(" AND "))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values));
        Ok(update.written().await?.is_done())
    }
}

/// The numbers of a row, without those that are zero.
fn numbers(row: &Item) -> Result<Numbers, Error> {
    let number = |value: &AttributeValue| value.as_n().ok().map(|number| number.parse::<i64>().map_err(Error::item));
    let all = row.iter().filter_map(|(name, value)| Some((name.clone(), number(value)?)));
    let all = all.map(|(name, number)| Ok((name, number?))).collect::<Result<Numbers, Error>>()?;
    Ok(all.into_iter().filter(|(_, number)| *number != 0).collect())
}

/// What has to be added to `from` for it to become `to`.
fn difference(to: &Numbers, from: &Numbers) -> Result<Numbers, Error> {
    let of = |numbers: &Numbers, name: &String| numbers.get(name).copied().unwrap_or_default();
    let names: BTreeSet<&String> = to.keys().chain(from.keys()).collect();
    let mut all = Numbers::new();
    for name in names {
        let missing = of(to, name).checked_sub(of(from, name)).ok_or_else(|| Error::item(MoneyError::Overflow))?;
        if missing != 0 {
            all.insert(name.clone(), missing);
        }
    }
    Ok(all)
}
