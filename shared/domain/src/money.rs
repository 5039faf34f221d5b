//! Money as integers in minor units of an ISO 4217 currency, with arithmetic that refuses instead of rounding.

mod currency;
mod share;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

pub mod compact;
pub use currency::Currency;
pub use share::{Rounding, Share, WHOLE};

/// The most that one lead may cost, in minor units of whatever currency. What buyers and sellers say is held against it, so
/// that millions of them can be added up in 64 bits.
pub const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;

/// Why an amount could not be read or calculated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit into 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// Amounts of two currencies were put together; this system never converts.
    #[error("amounts in {left} and {right} cannot be put together")]
    CurrencyMismatch {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second amount.
        right: Currency,
    },
    /// The text is no decimal number such as `12`, `12.5` or `-12.50`.
    #[error("an amount is a decimal number such as 12 or 12.50, with a dot and without thousands separators")]
    Malformed,
    /// The text has more decimals than the currency.
    #[error("{currency} has {decimals} decimals, and the amount has more")]
    TooManyDecimals {
        /// The currency asked for.
        currency: Currency,
        /// How many decimals it has.
        decimals: u32,
    },
    /// The code is not an ISO 4217 currency with a minor unit.
    #[error("a currency is an ISO 4217 code that people pay in, as three capital letters such as GBP, EUR or USD")]
    UnknownCurrency,
}

impl MoneyError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overflow => "amount_overflow",
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::Malformed => "amount_malformed",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::UnknownCurrency => "unknown_currency",
        }
    }
}

/// An amount of one currency; in JSON `{"amount": "12.50", "currency": "GBP"}`, never a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MoneyForm", into = "MoneyForm")]
pub struct Money {
    /// The amount in minor units (pence, cents); negative for what flows back.
    pub minor: i64,
    /// The currency, which says how many decimals the minor unit is.
    pub currency: Currency,
}

#[expect(clippy::should_implement_trait, reason = "the operators of the standard library have no way to refuse")]
impl Money {
    /// Nothing, in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads `12`, `12.5`, `12.50` or `-12.50`: digits, at most one dot with digits on both sides, and no more decimals
    /// than the currency has. No exponent, no separators, no blanks: such a number is more often a mistake than money.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
        let (whole, decimals) = match digits.split_once('.') {
            Some((whole, decimals)) if is_digits(decimals) => (whole, decimals),
            Some(_) => return Err(MoneyError::Malformed),
            None => (digits, ""),
        };
        if !is_digits(whole) {
            return Err(MoneyError::Malformed);
        }
        let places = currency.decimals() as usize;
        if decimals.len() > places {
            return Err(MoneyError::TooManyDecimals { currency, decimals: currency.decimals() });
        }
        // Signed before parsing, because the smallest i64 has no positive counterpart.
        let sign = if negative { "-" } else { "" };
        let minor = format!("{sign}{whole}{decimals:0<places$}").parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    /// The amount as a decimal string with exactly the currency's decimals: `12.50`, in JPY `12`.
    pub fn amount(self) -> String {
        let places = self.currency.decimals() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = places + 1);
        let (whole, decimals) = digits.split_at(digits.len() - places);
        if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }

    /// The sum; refuses another currency and overflow.
    pub fn add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference; refuses another currency and overflow.
    pub fn sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The same amount the other way, as a reversal books it; refuses overflow.
    pub fn neg(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Whether it may be the price or the payout of one lead: zero or more, and at most [`MAX_PRICE_MINOR`].
    pub const fn is_price(self) -> bool {
        self.minor >= 0 && self.minor <= MAX_PRICE_MINOR
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An amount of money, as it stands in JSON.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoneyForm {
    /// A decimal number with at most the currency's decimals.
    #[schema(pattern = r"^-?\d+(\.\d+)?$", example = "12.50")]
    amount: String,
    currency: Currency,
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        MoneyForm::schema()
    }
}

impl ToSchema for Money {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        MoneyForm::schemas(schemas);
    }
}

impl From<Money> for MoneyForm {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency }
    }
}

impl TryFrom<MoneyForm> for Money {
    type Error = MoneyError;

    fn try_from(form: MoneyForm) -> Result<Self, MoneyError> {
        Self::parse(&form.amount, form.currency)
    }
}

#[cfg(test)]
mod tests;
