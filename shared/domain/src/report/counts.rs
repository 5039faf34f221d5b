//! What is counted, and what follows from it.

use serde::{Deserialize, Serialize};

/// The numbers of one place and day. All of them can be added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Leads that came in, tests apart.
    #[serde(rename = "l", skip_serializing_if = "is_zero")]
    pub leads: i64,
    /// Those that were rejected when they came in.
    #[serde(rename = "i", skip_serializing_if = "is_zero")]
    pub invalid: i64,
    /// Those whose payout was earned.
    #[serde(rename = "a", skip_serializing_if = "is_zero")]
    pub approved: i64,
    /// Valid ones that came to nothing.
    #[serde(rename = "r", skip_serializing_if = "is_zero")]
    pub rejected: i64,
    /// Sales, returned ones too.
    #[serde(rename = "n", skip_serializing_if = "is_zero")]
    pub sold: i64,
    /// Sales that were returned.
    #[serde(rename = "rt", skip_serializing_if = "is_zero")]
    pub returns: i64,
    /// Leads whose payout a return took back.
    #[serde(rename = "rv", skip_serializing_if = "is_zero")]
    pub reversed: i64,
    /// Sales of which the buyer has said that it has spoken to the person, or that the person has bought.
    #[serde(rename = "ct", skip_serializing_if = "is_zero")]
    pub contacted: i64,
    /// Sales of which the buyer has said that it had not got hold of the person, whatever came later or was said first.
    #[serde(rename = "nr", skip_serializing_if = "is_zero")]
    pub not_reached: i64,
    /// Sales of which the buyer says that the person has bought.
    #[serde(rename = "cv", skip_serializing_if = "is_zero")]
    pub converted: i64,
    /// What that brought buyers, in minor units, where it was said in the lead's currency.
    #[serde(rename = "cw", skip_serializing_if = "is_zero")]
    pub converted_value: i64,
    /// What buyers pay, in minor units, returns and edits taken into account.
    #[serde(rename = "re", skip_serializing_if = "is_zero")]
    pub revenue: i64,
    /// What suppliers earn, likewise.
    #[serde(rename = "po", skip_serializing_if = "is_zero")]
    pub payout: i64,
}

impl Counts {
    /// The sum of both.
    ///
    /// # Errors
    /// None is returned where a number grows beyond 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            leads: self.leads.checked_add(other.leads)?,
            invalid: self.invalid.checked_add(other.invalid)?,
            approved: self.approved.checked_add(other.approved)?,
            rejected: self.rejected.checked_add(other.rejected)?,
            sold: self.sold.checked_add(other.sold)?,
            returns: self.returns.checked_add(other.returns)?,
            reversed: self.reversed.checked_add(other.reversed)?,
            contacted: self.contacted.checked_add(other.contacted)?,
            not_reached: self.not_reached.checked_add(other.not_reached)?,
            converted: self.converted.checked_add(other.converted)?,
            converted_value: self.converted_value.checked_add(other.converted_value)?,
            revenue: self.revenue.checked_add(other.revenue)?,
            payout: self.payout.checked_add(other.payout)?,
        })
    }

    /// Whether nothing is counted.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Leads that were not rejected when they came in.
    pub fn valid(&self) -> i64 {
        self.leads - self.invalid
    }

    /// Valid leads of which is not known yet whether they earn anything.
    pub fn pending(&self) -> i64 {
        self.valid() - self.approved - self.rejected
    }

    /// Leads that the supplier is paid for: approved ones, less those whose payout a return took back.
    pub fn payable(&self) -> i64 {
        self.approved - self.reversed
    }

    /// What is left of the revenue, in minor units.
    pub fn profit(&self) -> i64 {
        self.revenue.saturating_sub(self.payout)
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
