//! A share of an amount, in basis points, with its rounding named.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Money, MoneyError};

/// The whole, in basis points.
pub const WHOLE: u16 = 10_000;

/// How a share that is no whole minor unit is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half to the even one, so that halves even out over many leads.
    #[default]
    HalfEven,
    /// To the nearest; a half up.
    HalfUp,
    /// Down, in the payer's favour.
    Down,
}

/// A share of what the buyer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Hundredths of a per cent, 1 to 10,000: 6,500 is 65 %.
    pub basis_points: u16,
    /// How it is rounded to the minor unit.
    #[serde(default)]
    pub rounding: Rounding,
}

impl Share {
    /// The share of `whole`.
    ///
    /// # Errors
    /// `Overflow`, which takes a share of more than the whole.
    pub fn of(self, whole: Money) -> Result<Money, MoneyError> {
        let product = i128::from(whole.minor) * i128::from(self.basis_points);
        let minor = self.rounding.divided(product, i128::from(WHOLE));
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { minor, ..whole })
    }
}

impl Rounding {
    /// The quotient, rounded; `divisor` is positive.
    pub fn divided(self, dividend: i128, divisor: i128) -> i128 {
        let (floor, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
        let up = match self {
            Self::Down => false,
            Self::HalfUp => rest * 2 >= divisor,
            Self::HalfEven => rest * 2 > divisor || (rest * 2 == divisor && floor.rem_euclid(2) == 1),
        };
        floor + i128::from(up)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    fn share(basis_points: u16, rounding: Rounding, minor: i64) -> i64 {
        Share { basis_points, rounding }.of(Money { minor, currency: "GBP".parse().unwrap() }).unwrap().minor
    }

    #[test]
    fn a_share_is_exact_where_it_can_be_and_rounded_as_named_where_it_cannot() {
        for rounding in [Rounding::HalfEven, Rounding::HalfUp, Rounding::Down] {
            assert_eq!(share(6_500, rounding, 2_000), 1_300);
            assert_eq!(share(10_000, rounding, i64::MAX), i64::MAX);
        }
        // 65 % of 0.30, 0.10 and 0.01.
        for (minor, half_even, half_up, down) in [(30, 20, 20, 19), (10, 6, 7, 6), (1, 1, 1, 0)] {
            assert_eq!(share(6_500, Rounding::HalfEven, minor), half_even);
            assert_eq!(share(6_500, Rounding::HalfUp, minor), half_up);
            assert_eq!(share(6_500, Rounding::Down, minor), down);
        }
    }

    #[test]
    fn what_flows_back_is_rounded_down_too() {
        assert_eq!(share(6_500, Rounding::Down, -1), -1);
        assert_eq!(share(5_000, Rounding::HalfEven, -3), -2);
        assert_eq!(share(5_000, Rounding::HalfEven, -1), 0);
    }
}
