//! A buyer's credit row as it is read.

use std::collections::BTreeMap;

use domain::{
    id::BuyerRef,
    money::{Currency, Money},
};
use serde::{Deserialize, Serialize};

use super::{Credit, OpenCredit};
use crate::{
    Error, Store,
    item::Item,
    keys,
    reservation::{BATCH, Open, take_open},
};

/// What is set aside, in a reservation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Amount {
    #[serde(rename = "a")]
    pub(super) minor: i64,
}

/// A buyer's row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// `bal`: minor units, what is set aside already taken off.
    balance: i64,
    /// `c`: none before the first change.
    currency: Option<Currency>,
    open: Open<Amount>,
    /// `lo`: since when little is left, in milliseconds since 1970.
    pub(super) low_since_ms: Option<i64>,
    /// `lt`: the seller knows.
    pub(super) told: bool,
}

impl Row {
    /// What can be read of it.
    pub(super) fn read(mut item: Item) -> Self {
        let open = take_open(&mut item);
        let whole = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
        Self {
            balance: whole("bal").unwrap_or_default(),
            currency: item.get("c").and_then(|code| code.as_s().ok()?.parse().ok()),
            open,
            low_since_ms: whole("lo"),
            told: item.contains_key("lt"),
        }
    }

    pub(super) fn balance(&self) -> i64 {
        self.balance
    }

    /// Whether it counts in this currency, or in none yet.
    pub(super) fn is_in(&self, currency: Currency) -> bool {
        self.currency.is_none_or(|own| own == currency)
    }

    /// What is set aside by the reservation, in minor units, if it is open.
    pub(super) fn reserved(&self, id: &str) -> Option<i64> {
        self.open.get(id).map(|entry| entry.what.minor)
    }

    pub(super) fn credit(&self) -> Option<Credit> {
        let currency = self.currency?;
        let reserved = self.open.values().map(|entry| entry.what.minor).sum();
        Some(Credit { balance: Money { minor: self.balance, currency }, reserved: Money { minor: reserved, currency } })
    }

    pub(super) fn open_of(self, bid: &BuyerRef) -> impl Iterator<Item = OpenCredit> {
        let currency = self.currency;
        self.open.into_iter().filter_map(move |(id, entry)| {
            Some(OpenCredit {
                bid: bid.clone(),
                id,
                lead: entry.lead,
                lease_until: entry.lease_until(),
                amount: Money { minor: entry.what.minor, currency: currency? },
            })
        })
    }
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
        Ok(Row::read(self.setup_item(keys::credit(bid)).await?.unwrap_or_default()))
    }
}
