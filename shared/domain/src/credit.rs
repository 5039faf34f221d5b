//! Buyers' credit: how far what a buyer has bought may go beyond what it has paid, and when its seller wants to know.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    money::{Currency, MAX_PRICE_MINOR, Money},
    setup::Invalid,
};

/// Up to where a buyer may buy. Its balance is what was added to its credit, less what it has bought, and more what it has
/// returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CreditRule {
    /// It pays first: its balance never goes below zero by a sale.
    Prepaid {
        /// The only currency that it buys in.
        currency: Currency,
        /// With less than this left, the seller is told; none: the seller is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<Money>,
    },
    /// It pays later, and may owe this much.
    Limit {
        /// How far its balance may go below zero.
        limit: Money,
        /// With less than this left of it, the seller is told; none: the seller is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<Money>,
    },
}

impl CreditRule {
    /// The only currency that the buyer buys in.
    pub fn currency(&self) -> Currency {
        match self {
            Self::Prepaid { currency, .. } => *currency,
            Self::Limit { limit, .. } => limit.currency,
        }
    }

    /// What the balance may not go below, in minor units.
    pub fn floor(&self) -> i64 {
        match self {
            Self::Prepaid { .. } => 0,
            Self::Limit { limit, .. } => limit.minor.saturating_neg(),
        }
    }

    /// What is left to buy for with this balance, in minor units; less than nothing where edits or a lower limit took more.
    pub fn left(&self, balance: i64) -> i64 {
        balance.saturating_sub(self.floor())
    }

    /// Whether so little is left with this balance that the seller wants to know.
    pub fn is_low(&self, balance: i64) -> bool {
        self.low_below().is_some_and(|line| balance < line)
    }

    /// The balance below which the seller wants to know, in minor units.
    pub fn low_below(&self) -> Option<i64> {
        let (Self::Prepaid { low, .. } | Self::Limit { low, .. }) = self;
        low.map(|low| low.minor.saturating_add(self.floor()))
    }

    /// Everything that is wrong with it.
    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        if let Self::Limit { limit, .. } = self
            && !limit.is_price()
        {
            let most = Money { minor: MAX_PRICE_MINOR, ..*limit };
            let detail = format!("A limit is zero to {most}; it says how far the balance may go below zero.");
            found.push(Invalid::new("credit.limit", "range", detail));
        }
        let (Self::Prepaid { low, .. } | Self::Limit { low, .. }) = self;
        let Some(low) = low else { return };
        if !low.is_price() {
            let most = Money { minor: MAX_PRICE_MINOR, ..*low };
            let detail = format!("It is zero to {most}; leave it out to be told nothing.");
            found.push(Invalid::new("credit.low", "range", detail));
        }
        let currency = self.currency();
        if low.currency != currency {
            let detail = format!("The buyer's credit is in {currency}; name the amount in it.");
            found.push(Invalid::new("credit.low", "currency", detail));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use serde_json::{Value, json};

    use super::*;

    fn rule(form: Value) -> CreditRule {
        serde_json::from_value(form).unwrap()
    }

    fn pounds(amount: &str) -> Value {
        json!({ "amount": amount, "currency": "GBP" })
    }

    fn codes(form: Value) -> Vec<String> {
        let mut found = Vec::new();
        rule(form).check(&mut found);
        found.into_iter().map(|one| format!("{} {}", one.field, one.code)).collect()
    }

    #[test]
    fn who_pays_first_buys_until_nothing_is_left_and_who_pays_later_until_the_limit_is_owed() {
        let prepaid = rule(json!({ "kind": "prepaid", "currency": "GBP" }));
        assert_eq!((prepaid.floor(), prepaid.left(1_250), prepaid.left(0)), (0, 1_250, 0));
        let limit = rule(json!({ "kind": "limit", "limit": pounds("100.00") }));
        assert_eq!(
            (limit.floor(), limit.left(0), limit.left(-10_000), limit.left(-12_000)),
            (-10_000, 10_000, 0, -2_000)
        );
        assert_eq!((prepaid.currency().code(), limit.currency().code()), ("GBP", "GBP"));
    }

    #[test]
    fn little_is_left_when_it_is_less_than_the_seller_named() {
        let prepaid = rule(json!({ "kind": "prepaid", "currency": "GBP", "low": pounds("20.00") }));
        assert_eq!([2_001, 2_000, 1_999, -1].map(|balance| prepaid.is_low(balance)), [false, false, true, true]);
        let limit = rule(json!({ "kind": "limit", "limit": pounds("100.00"), "low": pounds("20.00") }));
        assert_eq!([0, -8_000, -8_001].map(|balance| limit.is_low(balance)), [false, false, true]);
        assert!(!rule(json!({ "kind": "prepaid", "currency": "GBP" })).is_low(-1), "nobody asked to be told");
    }

    #[test]
    fn amounts_are_zero_or_more_and_of_one_currency() {
        let euros = json!({ "amount": "1.00", "currency": "EUR" });
        assert_eq!(codes(json!({ "kind": "prepaid", "currency": "GBP", "low": pounds("0.00") })), [""; 0]);
        assert_eq!(codes(json!({ "kind": "limit", "limit": pounds("-1.00") })), ["credit.limit range"]);
        assert_eq!(codes(json!({ "kind": "limit", "limit": pounds("1.00"), "low": euros })), ["credit.low currency"]);
        let negative = json!({ "kind": "prepaid", "currency": "EUR", "low": pounds("-1.00") });
        assert_eq!(codes(negative), ["credit.low range", "credit.low currency"]);
    }

    #[test]
    fn a_rule_of_another_form_is_refused() {
        for form in [
            json!({ "kind": "prepaid" }),
            json!({ "kind": "limit" }),
            json!({ "kind": "prepaid", "currency": "GBP", "limit": pounds("1.00") }),
            json!({ "kind": "gold", "currency": "GBP" }),
        ] {
            assert!(serde_json::from_value::<CreditRule>(form.clone()).is_err(), "{form}");
        }
    }
}
