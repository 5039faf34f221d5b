//! A buyer's credit row as it is read.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    id::{BuyerRef, LeadId},
    money::{Currency, Money},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Credit, OpenCredit};
use crate::{
    Error, Store,
    item::{Item, key_attributes},
    keys,
};

/// What attributes of open reservations begin with.
const OPEN: &str = "o#";
/// Rows that one batch read takes.
const BATCH: usize = 100;

/// The attribute of an open reservation.
pub(super) fn open(id: &str) -> String {
    format!("{OPEN}{id}")
}

/// An open reservation as it is kept: short, because a row is paid for by the KB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(rename = "l")]
    pub(super) lead: LeadId,
    /// Milliseconds since 1970.
    #[serde(rename = "u")]
    pub(super) lease_until_ms: i64,
    /// Minor units.
    #[serde(rename = "a")]
    pub(super) amount: i64,
}

/// A buyer's row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// `bal`: minor units, what is set aside already taken off.
    balance: i64,
    /// `c`: none before the first change.
    currency: Option<Currency>,
    open: BTreeMap<String, Entry>,
    /// `lo`: since when little is left, in milliseconds since 1970.
    pub(super) low_since_ms: Option<i64>,
    /// `lt`: the seller knows.
    pub(super) told: bool,
}

impl Row {
    /// What can be read of it. One attribute that cannot be read must not hide the others.
    pub(super) fn read(item: Item) -> Self {
        let mut row = Self::default();
        for (name, value) in item {
            if let Some(id) = name.strip_prefix(OPEN) {
                match serde_dynamo::from_attribute_value(value) {
                    Ok(entry) => drop(row.open.insert(id.to_owned(), entry)),
                    Err(_) => tracing::error!(id, "a reservation cannot be read"),
                }
                continue;
            }
            match name.as_str() {
                "bal" => row.balance = whole(&value).unwrap_or_default(),
                "c" => row.currency = value.as_s().ok().and_then(|code| code.parse().ok()),
                "lo" => row.low_since_ms = whole(&value),
                "lt" => row.told = true,
                _ => {}
            }
        }
        row
    }

    pub(super) fn balance(&self) -> i64 {
        self.balance
    }

    /// Whether it counts in this currency, or in none yet.
    pub(super) fn is_in(&self, currency: Currency) -> bool {
        self.currency.is_none_or(|own| own == currency)
    }

    pub(super) fn entry(&self, id: &str) -> Option<&Entry> {
        self.open.get(id)
    }

    pub(super) fn credit(&self) -> Option<Credit> {
        let currency = self.currency?;
        let reserved = self.open.values().map(|entry| entry.amount).sum();
        Some(Credit { balance: Money { minor: self.balance, currency }, reserved: Money { minor: reserved, currency } })
    }

    pub(super) fn open_of(self, bid: &BuyerRef) -> impl Iterator<Item = OpenCredit> {
        let currency = self.currency;
        self.open.into_iter().filter_map(move |(id, entry)| {
            Some(OpenCredit {
                bid: bid.clone(),
                id,
                lead: entry.lead,
                lease_until: Timestamp::from_millisecond(entry.lease_until_ms).unwrap_or(Timestamp::MIN),
                amount: Money { minor: entry.amount, currency: currency? },
            })
        })
    }
}

fn whole(value: &AttributeValue) -> Option<i64> {
    value.as_n().ok()?.parse().ok()
}

impl Store {
    /// The reservations of these buyers' credit that nobody has settled, the longest overdue first, as they were a moment
    /// ago.
    ///
    /// # Errors
    /// The table's; `Contended` when it keeps leaving some unread.
    pub async fn open_credit(&self, bids: &[BuyerRef]) -> Result<Vec<OpenCredit>, Error> {
        let mut found = Vec::new();
        for some in bids.chunks(BATCH) {
            let by_pk: BTreeMap<String, &BuyerRef> = some.iter().map(|bid| (keys::credit(bid).pk, bid)).collect();
            let wanted = by_pk.values().map(|bid| keys::credit(bid));
            for item in self.setup_rows(wanted).await? {
                let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
                if let Some(bid) = by_pk.get(&pk) {
                    found.extend(Row::read(item).open_of(bid));
                }
            }
        }
        found.sort_by(|one: &OpenCredit, other| (one.lease_until, &one.id).cmp(&(other.lease_until, &other.id)));
        Ok(found)
    }

    /// A buyer's row as it is now; an empty one if there is none.
    pub(super) async fn credit_row(&self, bid: &BuyerRef) -> Result<Row, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::credit(bid))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        Ok(Row::read(got.item.unwrap_or_default()))
    }
}
