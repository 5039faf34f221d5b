//! What a change moves: money, by the lead before and after.

use serde::{Deserialize, Serialize};

use crate::{
    id::BulkJobId,
    lead::Lead,
    money::{Money, MoneyError},
};

/// What buyers owe and what the supplier is owed for a lead, by how much each grows; less than zero where it shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What buyers owe.
    #[serde(rename = "r")]
    pub revenue: Money,
    /// What the supplier is owed.
    #[serde(rename = "p")]
    pub payout: Money,
}

impl Effect {
    /// Between a lead as it was and as it is to be.
    ///
    /// # Errors
    /// When a sum cannot be held.
    pub fn between(before: &Lead, after: &Lead) -> Result<Self, MoneyError> {
        Ok(Self {
            revenue: after.revenue()?.sub(before.revenue()?)?,
            payout: after.earned_payout()?.sub(before.earned_payout()?)?,
        })
    }

    /// Both together, of leads of one currency.
    ///
    /// # Errors
    /// When a sum cannot be held, or the currencies differ.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Ok(Self { revenue: self.revenue.add(other.revenue)?, payout: self.payout.add(other.payout)? })
    }

    /// Itself, unless it is nothing.
    #[must_use]
    pub fn if_any(self) -> Option<Self> {
        (self.revenue.minor != 0 || self.payout.minor != 0).then_some(self)
    }
}

/// What a job that has changed a lead before has moved by that, as far as the lead tells: prices and payouts that it put right, and sales that
/// it took back. None: nothing, or nothing that could be told.
pub fn done_by(lead: &Lead, job: BulkJobId) -> Option<Effect> {
    let (name, zero) = (job.to_string(), Money::zero(lead.terms.currency));
    let mut sum = Effect { revenue: zero, payout: zero };
    for edit in lead.edits.iter().filter(|edit| edit.order == name) {
        let (revenue, payout) = if edit.sale.is_some() { (edit.delta, zero) } else { (zero, edit.delta) };
        sum = sum.plus(Effect { revenue, payout }).ok()?;
    }
    for (.., sale) in lead.sales() {
        for taken in
            sale.returns().filter(|back| back.order.as_deref() == Some(&name)).filter_map(|back| back.taken.as_ref())
        {
            let payout = taken.payout.map_or(Ok(zero), Money::neg).ok()?;
            sum = sum.plus(Effect { revenue: taken.price.neg().ok()?, payout }).ok()?;
        }
    }
    sum.if_any()
}
