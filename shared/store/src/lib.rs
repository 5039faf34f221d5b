#![doc = include_str!("../README.md")]

mod admit;
mod attempt;
mod error;
mod identity;
mod item;
mod key_ring;
pub mod keys;
mod lead;
mod line;
mod queue;
mod setup;
mod sweep;

#[cfg(any(test, feature = "test-tables"))]
pub mod test_tables;
#[cfg(test)]
mod tests;

pub use self::{
    admit::{Admitted, Once, StoredAnswer},
    attempt::{Attempt, Exchange},
    error::Error,
    identity::Identity,
    key_ring::{KeyRequest, NewKey, Revoked},
    lead::Commit,
    line::Line,
    queue::{DeliveryJob, DeliveryQueue},
    setup::{CACHED_FOR, Cacheable, Page, Saved},
    sweep::SweepPage,
};

use aws_sdk_dynamodb::Client;

/// The tables of the installation.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Leads, their attempts and markers: the only table with personal data. Functions that never touch it leave it empty.
    pub leads: String,
    /// Campaigns, suppliers, buyers, deliveries, keys, settings.
    pub setup: String,
}

/// The door to everything that is kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Client,
    tables: Tables,
    cache: setup::Cache,
}

impl Store {
    /// A store over these tables.
    pub fn new(db: Client, tables: Tables) -> Self {
        Self { db, tables, cache: setup::Cache::default() }
    }

    /// Opens a connection by asking for what is not there: the handshake takes longer than any question.
    ///
    /// # Errors
    /// The table's.
    pub async fn warm(&self) -> Result<(), Error> {
        let key = item::key_attributes(keys::nothing());
        let asked = self.db.get_item().table_name(&self.tables.setup).set_key(Some(key)).send().await;
        asked.map(|_| ()).map_err(Error::service("GetItem"))
    }
}
