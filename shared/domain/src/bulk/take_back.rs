//! Sales are taken back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{
    id::{BuyerRef, DeliveryRef},
    lead::Lead,
    returned::{Claim, Claimant, Judgement, View, judge},
    setup::Invalid,
    words::{MAX_REASON, one_line},
};

/// The sale of each lead is taken back, at once, on no terms but the reason codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkReturn)]
pub struct TakeBack {
    /// A reason code.
    pub reason: String,
    /// What there is to say besides: up to 200 characters on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether the supplier gives back what it earned; without it, as the terms of each sale say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse_payout: Option<bool>,
    /// Whose sale: a lead that is sold more than once is left as it is without it, or `did`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// Through which delivery it was sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
}

impl TakeBack {
    pub(super) fn check(&self, reasons: &[String]) -> Vec<Invalid> {
        let mut found = Vec::new();
        if !reasons.contains(&self.reason) {
            let detail = format!("Use one of the account's reason codes: {}.", reasons.join(", "));
            found.push(Invalid::new("reason", "unknown_reason", detail));
        }
        let comment = self.comment.as_deref().map(|comment| one_line("comment", comment, MAX_REASON));
        found.extend(comment.and_then(Result::err));
        found
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let name = ordered.job.to_string();
        let claim = Claim {
            by: Claimant::Seller,
            order: Some(&name),
            bid: self.bid.as_ref(),
            did: self.did.as_ref(),
            reason: &self.reason,
            comment: self.comment.as_deref().map(str::trim),
            reverse_payout: self.reverse_payout,
        };
        let Ordered { zone, reasons, now, .. } = *ordered;
        match judge(lead, &claim, &View { zone, reasons, room: None, came: now, now })? {
            Judgement::Change { after, id, .. } => Ok(Change { after, then: Then::OfferAgain(id.did) }),
            Judgement::Unchanged { outcome, detail, .. } => Err(Refusal::new(outcome.word(), detail)),
            // Shares bind buyers, and it is the seller who asks.
            Judgement::NeedsRoom(_) => Err(Refusal::new("over_cap", "The buyer's share of returns is used up.")),
        }
    }
}
