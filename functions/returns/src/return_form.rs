//! A wish to return sales: read, and checked as far as that can be done without their leads.

use domain::{
    access::Principal,
    id::{BuyerRef, DeliveryRef, LeadId},
    returned::{Claim, Claimant},
    words::one_line,
};
use lambda::{Problem, problem::FieldError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most returns of a request.
const MAX_RETURNS: usize = 100;
/// Most characters of a comment.
const MAX_COMMENT: usize = 300;
/// Most characters of a reason: no code is longer.
const MAX_REASON: usize = 40;

/// A sale to be taken back; or several, as `returns` with nothing beside it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnOrReturns {
    /// Up to 100 at a time, instead of one.
    #[schema(min_items = 1, max_items = 100)]
    returns: Option<Vec<ReturnForm>>,
    /// The lead.
    lead_id: Option<LeadId>,
    /// Whose sale it is, where the lead was sold to several; a buyer's own without it.
    bid: Option<BuyerRef>,
    /// Through which delivery it was sold, where one buyer has the lead more than once.
    did: Option<DeliveryRef>,
    /// Why: one of the codes that the terms of the sale allow, such as `INVALID_PHONE`.
    reason: Option<String>,
    /// What there is to say besides, up to 300 characters on one line. The buyer and the seller see it.
    comment: Option<String>,
    /// Whether the supplier gives back what it earned with the sale. Only the seller says so; without it, the terms of the sale do.
    reverse_payout: Option<bool>,
}

/// A sale to be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnForm {
    /// The lead.
    pub(crate) lead_id: LeadId,
    /// Whose sale it is, where the lead was sold to several; a buyer's own without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bid: Option<BuyerRef>,
    /// Through which delivery it was sold, where one buyer has the lead more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) did: Option<DeliveryRef>,
    /// Why: one of the codes that the terms of the sale allow, such as `INVALID_PHONE`.
    pub(crate) reason: String,
    /// What there is to say besides, up to 300 characters on one line. The buyer and the seller see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    /// Whether the supplier gives back what it earned with the sale. Only the seller says so; without it, the terms of the sale do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reverse_payout: Option<bool>,
}

impl ReturnOrReturns {
    /// The returns, if each can be judged; and whether it is one that was sent alone.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub(crate) fn read(self, caller: &Principal) -> Result<(Vec<ReturnForm>, bool), Problem> {
        let mut found = Vec::new();
        let is_alone = self.returns.is_none();
        let mut returns = self.forms(&mut found);
        if found.is_empty() && !(1..=MAX_RETURNS).contains(&returns.len()) {
            found.push(FieldError::new("returns", "count", format!("Send 1 to {MAX_RETURNS} returns at a time.")));
        }
        for (at, one) in returns.iter_mut().enumerate().take(MAX_RETURNS) {
            let place = |name: &str| if is_alone { name.to_owned() } else { format!("returns.{at}.{name}") };
            one.check(caller, place, &mut found);
        }
        if found.is_empty() { Ok((returns, is_alone)) } else { Err(Problem::invalid(found)) }
    }

    /// The returns that are meant; what is missing, or too much, is found.
    fn forms(self, found: &mut Vec<FieldError>) -> Vec<ReturnForm> {
        let Self { returns, lead_id, bid, did, reason, comment, reverse_payout } = self;
        let Some(returns) = returns else {
            for (name, is_there) in [("lead_id", lead_id.is_some()), ("reason", reason.is_some())] {
                if !is_there {
                    found.push(FieldError::new(name, "required", "Name the lead, and a reason code; or send returns."));
                }
            }
            let one = lead_id.zip(reason);
            let form = |(lead_id, reason)| ReturnForm { lead_id, bid, did, reason, comment, reverse_payout };
            return one.map(form).into_iter().collect();
        };
        let beside = [
            ("lead_id", lead_id.is_some()),
            ("bid", bid.is_some()),
            ("did", did.is_some()),
            ("reason", reason.is_some()),
            ("comment", comment.is_some()),
            ("reverse_payout", reverse_payout.is_some()),
        ];
        for (name, _) in beside.into_iter().filter(|(_, is_there)| *is_there) {
            found.push(FieldError::new(name, "not_with_returns", "It goes into each of the returns."));
        }
        returns
    }
}

impl ReturnForm {
    fn check(&mut self, caller: &Principal, place: impl Fn(&str) -> String, found: &mut Vec<FieldError>) {
        if matches!(caller, Principal::Buyer { .. }) && self.reverse_payout.is_some() {
            let detail = "Leave it out: what becomes of the payout is between the seller and its supplier.";
            found.push(FieldError::new(place("reverse_payout"), "seller_only", detail));
        }
        for (name, text, most) in
            [("reason", Some(&mut self.reason), MAX_REASON), ("comment", self.comment.as_mut(), MAX_COMMENT)]
        {
            let Some(text) = text else { continue };
            match one_line(&place(name), text, most) {
                Ok(words) => *text = words,
                Err(finding) => found.push(finding.into()),
            }
        }
    }

    /// What it claims, under this name.
    pub(crate) fn claim<'a>(&'a self, caller: &'a Principal, order: Option<&'a str>) -> Claim<'a> {
        Claim {
            by: match caller {
                Principal::Buyer { bid } => Claimant::Buyer(bid),
                Principal::Seller | Principal::Supplier { .. } => Claimant::Seller,
            },
            order,
            bid: self.bid.as_ref(),
            did: self.did.as_ref(),
            reason: &self.reason,
            comment: self.comment.as_deref(),
            reverse_payout: self.reverse_payout,
        }
    }
}
