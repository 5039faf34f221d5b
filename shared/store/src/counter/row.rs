//! A counter's row as it is read: counts, open reservations, and which windows are long past.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::cap::{CapPer, Counted, Windows};
use serde::{Deserialize, Serialize};

use super::{OpenReservation, Scope};
use crate::{
    Error, Store,
    item::Item,
    keys,
    reservation::{BATCH, Open, take_open},
};

/// Where a place is counted, in a reservation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CountedIn {
    #[serde(rename = "w")]
    pub(super) counted: Counted,
}

/// A counter's row.
#[derive(Debug, Default)]
pub(super) struct Row {
    counts: BTreeMap<String, i64>,
    open: Open<CountedIn>,
}

impl Row {
    /// What can be read of it.
    pub(super) fn read(mut item: Item) -> Self {
        let open = take_open(&mut item);
        let count = |(name, value): (String, AttributeValue)| Some((name, value.as_n().ok()?.parse().ok()?));
        Self { open, counts: item.into_iter().filter_map(count).collect() }
    }

    /// Where the reservation is counted, if it is open.
    pub(super) fn counted(&self, id: &str) -> Option<&Counted> {
        self.open.get(id).map(|entry| &entry.what.counted)
    }

    /// The longest of these windows that is full.
    pub(super) fn full(&self, windows: &Windows) -> Option<CapPer> {
        let is_full = |name: &str, limit: u32| self.counts.get(name).is_some_and(|count| *count >= i64::from(limit));
        windows.iter().find(|window| is_full(&window.name, window.limit)).map(|window| window.per)
    }

    /// Windows of which there are later ones twice over: before the one that is counted in now, and before the one before
    /// that, which a worker whose clock is slow may still count in.
    pub(super) fn past(&self, now: &Counted) -> Vec<String> {
        let past = |name: &str| {
            // The letter of the kind, then digits that sort as time does.
            let kind = name.get(..1).unwrap_or_default().to_owned();
            let mut earlier: Vec<String> =
                self.counts.range(kind..name.to_owned()).map(|(name, _)| name.clone()).collect();
            earlier.pop();
            earlier
        };
        now.names().flat_map(past).collect()
    }

    pub(super) fn open_in(self, scope: &Scope) -> impl Iterator<Item = OpenReservation> {
        self.open.into_iter().map(move |(id, entry)| OpenReservation {
            scope: scope.clone(),
            id,
            lead: entry.lead,
            lease_until: entry.lease_until(),
            counted: entry.what.counted,
        })
    }
}

impl Store {
    /// The reservations of these scopes that nobody has settled, the longest overdue first, as they were a moment ago.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub async fn open_reservations(&self, scopes: &[Scope]) -> Result<Vec<OpenReservation>, Error> {
        let scopes: Vec<&Scope> = scopes.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = Vec::new();
        for some in scopes.chunks(BATCH) {
            let mut rows = self.counter_rows(some).await?;
            for scope in some {
                found.extend(rows.remove(&keys::counter(scope).pk).into_iter().flat_map(|row| row.open_in(scope)));
            }
        }
        found.sort_by(|one, other| (one.lease_until, &one.id).cmp(&(other.lease_until, &other.id)));
        Ok(found)
    }

    /// A scope's row as it is now; an empty one if there is none.
    pub(super) async fn counter_row(&self, scope: &Scope) -> Result<Row, Error> {
        Ok(Row::read(self.setup_item(keys::counter(scope)).await?.unwrap_or_default()))
    }

    /// The rows of up to 100 scopes, by their partitions.
    async fn counter_rows(&self, scopes: &[&Scope]) -> Result<BTreeMap<String, Row>, Error> {
        let rows = self.setup_rows(scopes.iter().map(|scope| keys::counter(scope))).await?;
        let by_partition = |item: Item| {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
            (pk, Row::read(item))
        };
        Ok(rows.into_iter().map(by_partition).collect())
    }
}
