//! Whose returns somebody may see: the seller all, a buyer its own, a supplier those of its leads that have taken effect.

use domain::{
    access::{Part, Principal},
    finder::Returns,
    id::{BuyerRef, SupplierRef},
    lead::{Lead, LeadDelivery, Return, ReturnState},
};
use lambda::Problem;

/// Whose returns are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) bid: Option<BuyerRef>,
    pub(crate) sid: Option<SupplierRef>,
}

impl Whose {
    /// Those that are the caller's.
    ///
    /// # Errors
    /// 403 where it asks for others'.
    pub(crate) fn of(self, caller: &Principal) -> Result<Self, Problem> {
        match caller {
            Principal::Seller => Ok(self),
            Principal::Buyer { bid } => {
                if self.sid.is_some() || self.bid.is_some_and(|named| named != *bid) {
                    return Err(not_yours("Leave sid out, and bid too, or name your own: you see what you returned."));
                }
                Ok(Self { bid: Some(bid.clone()), sid: None })
            }
            Principal::Supplier { sid } => {
                if self.bid.is_some() || self.sid.is_some_and(|named| named != *sid) {
                    return Err(not_yours(
                        "Leave bid out, and sid too, or name your own: you see returns of your leads.",
                    ));
                }
                Ok(Self { bid: None, sid: Some(sid.clone()) })
            }
        }
    }

    /// The shortest list that has them.
    pub(crate) fn list(&self, state: Option<ReturnState>) -> Returns {
        match (&self.bid, &self.sid, state) {
            (Some(bid), _, _) => Returns::OfBuyer(bid.clone()),
            (None, Some(sid), _) => Returns::OfSupplier(sid.clone()),
            (None, None, Some(state)) => Returns::InState(state),
            (None, None, None) => Returns::All,
        }
    }

    /// Whether a return is one of them.
    pub(crate) fn has(&self, lead: &Lead, delivery: &LeadDelivery) -> bool {
        let is_of_buyer = self.bid.is_none() || delivery.bid == self.bid;
        is_of_buyer && self.sid.as_ref().is_none_or(|sid| *sid == lead.sid)
    }
}

/// Whether a return is shown to somebody whose it is. What a buyer asks of the seller is between them until it takes effect.
pub(crate) fn is_shown(back: &Return, viewer: &Principal) -> bool {
    viewer.sees(Part::Deliveries) || back.taken.is_some()
}

/// Whether returns that stand there may be shown at all.
pub(crate) fn is_state_shown(state: ReturnState, viewer: &Principal) -> bool {
    viewer.sees(Part::Deliveries) || matches!(state, ReturnState::Approved | ReturnState::Undone)
}

fn not_yours(detail: &str) -> Problem {
    Problem::forbidden("not_yours", detail)
}
