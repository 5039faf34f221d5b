//! What a buyer pays is put right.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Change, Ordered, Refusal,
    payout::{check_amount, edited},
};
use crate::{
    id::{BuyerRef, DeliveryRef},
    lead::Lead,
    money::Money,
    setup::Invalid,
    words::journal_reason,
};

/// What a buyer pays for each lead from now on. Only leads that are approved and sold bring revenue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkUpdateRevenue)]
pub struct UpdateRevenue {
    /// How much: zero or more.
    pub revenue: Money,
    /// Why: up to 100 characters on one line, which the journal keeps for good. No e-mail address and no phone number.
    pub reason: String,
    /// Whose price: a lead that is sold more than once is left as it is without it, or `did`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// Through which delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
}

impl UpdateRevenue {
    pub(super) fn check(&self) -> Vec<Invalid> {
        let findings = [check_amount("revenue", self.revenue), journal_reason("reason", &self.reason).err()];
        findings.into_iter().flatten().collect()
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let (name, reason) = (ordered.job.to_string(), self.reason.trim());
        let (bid, did, order) = (self.bid.as_ref(), self.did.as_ref(), ordered.edit(&name, reason));
        edited(lead, lead.on_revenue_edited(bid, did, self.revenue, order, ordered.now)?)
    }
}
