//! What the items of a notice come to: how many, why, and how much money.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::NoticeItem;
use crate::money::{Currency, Money};

/// Reasons that are told by name. A seller's lists have at most twenty; what goes beyond was changed in between.
const MAX_REASONS: usize = 40;
/// Where all others are counted.
const OTHER: &str = "OTHER";

/// What the items of a notice come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many there are.
    #[serde(rename = "n")]
    pub count: u64,
    /// How many for each reason.
    #[serde(rename = "w", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_reason: BTreeMap<String, u64>,
    /// When the first and the last of them were asked for.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    asked: Option<(Timestamp, Timestamp)>,
    /// How many of them have an amount.
    #[serde(rename = "an", default, skip_serializing_if = "is_zero")]
    pub with_amount: u64,
    /// Their amounts in minor units, by currency.
    #[serde(rename = "a", default, skip_serializing_if = "BTreeMap::is_empty")]
    amounts: BTreeMap<Currency, i64>,
}

impl Summary {
    /// With one item more.
    #[must_use]
    pub fn with(mut self, item: &NoticeItem) -> Self {
        self.count += 1;
        let asked_at = item.asked_at.unwrap_or(item.at);
        let (first, last) = self.asked.unwrap_or((asked_at, asked_at));
        self.asked = Some((first.min(asked_at), last.max(asked_at)));
        let is_named = self.by_reason.contains_key(&item.reason) || self.by_reason.len() < MAX_REASONS;
        let reason = if is_named { item.reason.as_str() } else { OTHER };
        *self.by_reason.entry(reason.to_owned()).or_default() += 1;
        if let Some(amount) = item.amount {
            self.with_amount += 1;
            let sum = self.amounts.entry(amount.currency).or_default();
            // What a million of the dearest leads come to is held; nobody pays by what is told here.
            *sum = sum.saturating_add(amount.minor);
        }
        self
    }

    /// When the first and the last of them were asked for; none without any.
    pub(super) fn asked(&self) -> Option<(Timestamp, Timestamp)> {
        self.asked
    }

    /// The sums of the amounts, one for each currency.
    pub fn amounts(&self) -> impl Iterator<Item = Money> {
        self.amounts.iter().map(|(currency, minor)| Money { minor: *minor, currency: *currency })
    }

    /// The reasons in words: `DUPE 2, INVALID_PHONE 3`.
    pub fn reasons(&self) -> String {
        let each: Vec<String> = self.by_reason.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        each.join(", ")
    }

    /// The sums in words: `12.50 GBP and 3.00 EUR`; none without an amount.
    pub fn sums(&self) -> Option<String> {
        let sums: Vec<String> = self.amounts().map(|sum| sum.to_string()).collect();
        (!sums.is_empty()).then(|| sums.join(" and "))
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
