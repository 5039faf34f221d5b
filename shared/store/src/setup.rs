//! The set-up table: records by kind and reference with their versions, read through a cache on the way of leads.

use std::sync::Arc;

use domain::{
    settings::Settings,
    setup::{Record, Versioned},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Cacheable, Error, Store, Unreadable,
    conditional::Conditional,
    item::{Item, from_item, key_attributes, number, readable, text, to_item},
    keys,
};

/// Some of a list, and where the rest begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// Those that can be read, in the order of the list.
    pub items: Vec<T>,
    /// Rows that cannot be read, and are left out; told only of lists of records and keys.
    pub unreadable: Vec<Unreadable>,
    /// Pass it as `after` for the next page; none: that was all.
    pub last: Option<String>,
}

impl Page<Item> {
    /// The same page with its rows as what they should be.
    pub(crate) fn read<R: DeserializeOwned, T>(self, what: impl Fn(R) -> T) -> Page<T> {
        let (items, unreadable) = readable(self.items);
        Page { items, unreadable, last: self.last }.map(what)
    }
}

impl<T> Page<T> {
    /// The same page with something else in place of each item.
    pub fn map<V>(self, what: impl Fn(T) -> V) -> Page<V> {
        let Self { items, unreadable, last } = self;
        Page { items: items.into_iter().map(what).collect(), unreadable, last }
    }
}

/// What became of a record to be saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved<T> {
    /// It is saved.
    Done(Versioned<T>),
    /// It is not: there is one with another version, or (for a replacement) none.
    Stale,
}

/// A record, or the settings, as a row.
#[derive(Serialize, Deserialize)]
struct Row<T> {
    pk: String,
    sk: String,
    v: u64,
    r: T,
}

impl<T> From<Row<T>> for Versioned<T> {
    fn from(row: Row<T>) -> Self {
        Self { record: row.r, version: row.v }
    }
}

impl Store {
    /// Reads a record as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn record<T: Record>(&self, reference: &str) -> Result<Option<Versioned<T>>, Error> {
        Ok(self.setup_row(keys::record(T::KIND, reference)).await?.map(|row: Row<T>| row.into()))
    }

    /// Reads a record as it was at most [`crate::CACHED_FOR`] ago. That there is none is never remembered, so that new records
    /// work at once.
    ///
    /// # Errors
    /// The table's.
    pub async fn cached<T: Cacheable>(&self, reference: &str) -> Result<Option<Arc<T>>, Error> {
        let room = T::room(self);
        if let Some(known) = room.get(reference).await {
            return Ok(Some(known));
        }
        let Some(found) = self.record::<T>(reference).await? else { return Ok(None) };
        let record = Arc::new(found.record);
        room.insert(reference.to_owned(), Arc::clone(&record)).await;
        Ok(Some(record))
    }

    /// The same for who can do without it: one that cannot be read is told, and taken for none.
    ///
    /// # Errors
    /// The table's.
    pub async fn cached_if_readable<T: Cacheable>(&self, reference: &str) -> Result<Option<Arc<T>>, Error> {
        match self.cached(reference).await {
            Err(Error::Unreadable(row)) => {
                tracing::error!(error = %row, "it is gone on without a record");
                Ok(None)
            }
            found => found,
        }
    }

    /// Lists records by reference.
    ///
    /// # Errors
    /// The table's.
    pub async fn records<T: Record>(&self, limit: u16, after: Option<&str>) -> Result<Page<Versioned<T>>, Error> {
        Ok(self.setup_page(T::KIND.word(), limit, after).await?.read(|row: Row<T>| row.into()))
    }

    /// Saves a new record, or with `replaces` the next version of one; with 0, of one that has none that can be read.
    ///
    /// # Errors
    /// The table's.
    pub async fn save<T: Record>(&self, record: T, replaces: Option<u64>) -> Result<Saved<T>, Error> {
        let key = keys::record(T::KIND, record.reference());
        self.save_row(key, record, replaces).await
    }

    /// The account's settings; none before they are first saved.
    ///
    /// # Errors
    /// The table's.
    pub async fn settings(&self) -> Result<Option<Versioned<Settings>>, Error> {
        Ok(self.setup_row(keys::settings()).await?.map(|row: Row<Settings>| row.into()))
    }

    /// Saves the settings, as [`Store::save`] does.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_settings(&self, settings: Settings, replaces: Option<u64>) -> Result<Saved<Settings>, Error> {
        self.save_row(keys::settings(), settings, replaces).await
    }

    /// The zone in which the account's days begin and end, as it was at most [`crate::CACHED_FOR`] ago.
    ///
    /// # Errors
    /// The table's; a row with a zone that nobody knows.
    pub async fn zone(&self) -> Result<TimeZone, Error> {
        self.cached_settings().await?.zone().map_err(Error::item)
    }

    /// The account's settings, as they were at most [`crate::CACHED_FOR`] ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn cached_settings(&self) -> Result<Arc<Settings>, Error> {
        if let Some(known) = self.cache.settings.get(&()).await {
            return Ok(known);
        }
        let settings = Arc::new(self.settings().await?.map_or_else(Settings::default, |saved| saved.record));
        self.cache.settings.insert((), settings.clone()).await;
        Ok(settings)
    }

    async fn setup_row<T: DeserializeOwned>(&self, key: keys::Key) -> Result<Option<T>, Error> {
        self.setup_item(key).await?.map(from_item).transpose()
    }

    /// A row of the set-up table as it is now.
    pub(crate) async fn setup_item(&self, key: keys::Key) -> Result<Option<Item>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        Ok(got.item)
    }

    /// One page of a partition of the set-up table.
    pub(crate) async fn setup_page(&self, pk: &str, limit: u16, after: Option<&str>) -> Result<Page<Item>, Error> {
        let start = after.map(|sk| key_attributes(keys::Key { pk: pk.to_owned(), sk: sk.to_owned() }));
        let got = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .limit(i32::from(limit))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let last = got.last_evaluated_key.and_then(|key| key.get("sk").and_then(|sk| sk.as_s().ok()).cloned());
        Ok(Page { items: got.items.unwrap_or_default(), unreadable: Vec::new(), last })
    }

    async fn save_row<T>(&self, key: keys::Key, record: T, replaces: Option<u64>) -> Result<Saved<T>, Error>
    where
        T: Serialize + Clone,
    {
        let version = replaces.map_or(1, |version| version + 1);
        let row = Row { pk: key.pk, sk: key.sk, v: version, r: record };
        let put = self.db.put_item().table_name(&self.tables.setup).set_item(Some(to_item(&row)?));
        let put = match replaces {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(0) => put
                .condition_expression("attribute_exists(pk) AND NOT attribute_type(v, :number)")
                .expression_attribute_values(":number", text("N")),
            Some(version) => {
                put.condition_expression("v = :before").expression_attribute_values(":before", number(version))
            }
        };
        Ok(if put.written().await?.is_done() { Saved::Done(row.into()) } else { Saved::Stale })
    }
}
