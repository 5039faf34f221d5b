//! What the rows of a file come to: how many of each outcome, and the money moved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    money::{Currency, Money, MoneyError},
    returned::ReturnOutcome,
};

/// What the rows of a file come to. Each row is ignored, or has one outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows below the header, those that are ignored among them.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub rows: u64,
    /// Rows that are empty, or sum up others.
    #[serde(rename = "i", default, skip_serializing_if = "is_zero")]
    pub ignored: u64,
    /// How many rows came to each outcome.
    #[serde(rename = "o", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<ReturnOutcome, u64>,
    /// What the buyer owes no longer, in minor units by currency: the prices of what is returned.
    #[serde(rename = "a", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<Currency, i64>,
    /// What suppliers give back for it, in minor units by currency. No buyer is shown it.
    #[serde(rename = "p", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payouts: BTreeMap<Currency, i64>,
}

impl Tally {
    /// Counts a row that came to this outcome. Only what is returned moves money: the amounts of other rows are not added.
    ///
    /// # Errors
    /// `amount_overflow`, with nothing counted.
    pub fn add(
        &mut self,
        outcome: ReturnOutcome,
        amount: Option<Money>,
        payout: Option<Money>,
    ) -> Result<(), MoneyError> {
        let moved = |money: Option<Money>| money.filter(|_| outcome == ReturnOutcome::Returned);
        let amount = sum(&self.amounts, moved(amount))?;
        let payout = sum(&self.payouts, moved(payout))?;
        self.amounts.extend(amount);
        self.payouts.extend(payout);
        *self.outcomes.entry(outcome).or_default() += 1;
        self.rows += 1;
        Ok(())
    }

    /// Counts a row that is ignored.
    pub fn add_ignored(&mut self) {
        self.rows += 1;
        self.ignored += 1;
    }

    /// How many rows came to this outcome.
    pub fn count(&self, outcome: ReturnOutcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// What the buyer owes no longer, one sum for each currency.
    pub fn sums(&self) -> impl Iterator<Item = Money> {
        self.amounts.iter().map(|(currency, minor)| Money { minor: *minor, currency: *currency })
    }
}

/// What the sum of that currency becomes.
fn sum(sums: &BTreeMap<Currency, i64>, money: Option<Money>) -> Result<Option<(Currency, i64)>, MoneyError> {
    let Some(Money { minor, currency }) = money else { return Ok(None) };
    let before = sums.get(&currency).copied().unwrap_or_default();
    Ok(Some((currency, before.checked_add(minor).ok_or(MoneyError::Overflow)?)))
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn pounds(minor: i64) -> Money {
        Money { minor, currency: Currency::GBP }
    }

    #[test]
    fn only_what_is_returned_moves_money() {
        let mut tally = Tally::default();
        tally.add(ReturnOutcome::Returned, Some(pounds(1_250)), Some(pounds(500))).unwrap();
        tally.add(ReturnOutcome::Requested, Some(pounds(900)), None).unwrap();
        tally.add_ignored();
        assert_eq!((tally.rows, tally.ignored, tally.count(ReturnOutcome::Requested)), (3, 1, 1));
        assert_eq!((tally.amounts[&Currency::GBP], tally.payouts[&Currency::GBP]), (1_250, 500));
        assert_eq!(tally.sums().collect::<Vec<_>>(), [pounds(1_250)]);
    }

    #[test]
    fn a_sum_that_cannot_be_held_is_refused_and_counts_nothing() {
        let mut tally = Tally::default();
        tally.add(ReturnOutcome::Returned, Some(pounds(i64::MAX)), None).unwrap();
        let before = tally.clone();
        let more = tally.add(ReturnOutcome::Returned, Some(pounds(1)), Some(pounds(1)));
        assert_eq!((more, tally), (Err(MoneyError::Overflow), before));
    }

    #[test]
    fn a_tally_keeps_its_meaning_through_storage_and_an_empty_one_is_empty() {
        let mut tally = Tally::default();
        assert_eq!(serde_json::to_string(&tally).unwrap(), "{}");
        tally.add(ReturnOutcome::AlreadyReturned, None, None).unwrap();
        tally.add(ReturnOutcome::Returned, Some(pounds(5)), Some(pounds(2))).unwrap();
        let stored = serde_json::to_string(&tally).unwrap();
        assert_eq!(stored, r#"{"n":2,"o":{"returned":1,"already_returned":1},"a":{"GBP":5},"p":{"GBP":2}}"#);
        assert_eq!(serde_json::from_str::<Tally>(&stored).unwrap(), tally);
    }
}
