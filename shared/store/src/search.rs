//! Looking for leads: all that a query takes, newest first, from any place on, with bounded work.

mod count;
mod known;
mod page;
mod sources;
mod stretch;
mod walk;

use std::time::Duration;

use aws_sdk_dynamodb::types::ConsumedCapacity;
use domain::{
    access::Principal,
    id::LeadId,
    lead::Lead,
    query::{LeadQuery, Path},
};
use jiff::Timestamp;

use self::page::Page;
use crate::{Error, Identity, Store, Unreadable};

/// What is looked for, by whom, and on which way.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// What is asked for.
    pub query: &'a LeadQuery,
    /// Who asks.
    pub viewer: &'a Principal,
    /// The way.
    pub path: &'a Path,
}

/// How much may be done for a page.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Leads of the page.
    pub leads: usize,
    /// Entries of indexes and lists that are looked at.
    pub max_entries: usize,
    /// Leads that are read.
    pub max_read: usize,
    /// How long it may take.
    pub within: Duration,
}

/// What was done for a page.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Examined {
    /// Entries of indexes and lists that were read.
    pub entries: usize,
    /// Leads that were read.
    pub leads: usize,
    /// Calls of the tables.
    pub calls: usize,
    /// Read units that the tables charged.
    pub read_units: f64,
}

impl Examined {
    /// Both together.
    #[must_use]
    #[expect(clippy::float_arithmetic, reason = "capacity is told in halves of a unit, which floats hold exactly")]
    pub fn and(self, other: Self) -> Self {
        Self {
            entries: self.entries + other.entries,
            leads: self.leads + other.leads,
            calls: self.calls + other.calls,
            read_units: self.read_units + other.read_units,
        }
    }
}

/// Leads that were found.
#[derive(Clone, Debug, Default)]
pub struct LeadsFound {
    /// The leads, newest first.
    pub leads: Vec<Lead>,
    /// Rows of leads that cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// Where to go on; none: that was all.
    pub next: Option<String>,
    /// Where there is more, and the seller asks: everything that came in later has been looked at.
    pub searched_to: Option<Timestamp>,
    /// What it took.
    pub examined: Examined,
}

/// Ids of leads that were found.
#[derive(Clone, Debug, Default)]
pub struct IdsFound {
    /// The ids, newest first.
    pub ids: Vec<LeadId>,
    /// Rows of leads that cannot be read.
    pub unreadable: usize,
    /// Where to go on; none: that was all.
    pub next: Option<String>,
}

/// How many leads there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadCount {
    /// So many were counted.
    pub leads: usize,
    /// Those are all; no: there may be more.
    pub is_all: bool,
}

impl Examined {
    /// One call, for what the tables say that they charged.
    pub(crate) fn call<'a>(charged: impl IntoIterator<Item = &'a ConsumedCapacity>) -> Self {
        let read_units = charged.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        Self { calls: 1, read_units, ..Self::default() }
    }
}

impl Store {
    /// The leads that are meant, from behind `after` on, which is the `next` of another page of the same query, by whatever way. A lead is
    /// found as it was a moment ago. One that goes back to an earlier status at the very moment may be missed where statuses are the way.
    ///
    /// # Errors
    /// The tables'; `Contended` when they keep leaving something unread.
    pub async fn search(
        &self,
        identity: &Identity,
        search: &Search<'_>,
        after: Option<&str>,
        bounds: &Bounds,
    ) -> Result<LeadsFound, Error> {
        let walk = self.walk(identity, search, after).await?;
        Page::new(self, *search, *bounds, walk).fill().await
    }
}
