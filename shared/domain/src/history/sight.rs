//! Who sees what of the history of a lead that is theirs to read.

use super::{Step, What};
use crate::access::{Part, Principal};

impl Step {
    /// What of it is theirs to see; none: nothing is. A buyer sees what was done to its own deliveries, and a supplier what becomes
    /// of its lead and its payout.
    #[must_use]
    pub fn seen_by(&self, viewer: &Principal) -> Option<Self> {
        if !self.is_seen_by(viewer) {
            return None;
        }
        let sees_deliveries = viewer.sees(Part::Deliveries);
        let step = self.clone();
        Some(Self {
            did: step.did.filter(|_| sees_deliveries),
            bid: step.bid.filter(|_| sees_deliveries),
            was: step.was.filter(|_| sees_deliveries),
            revenue: step.revenue.filter(|_| viewer.sees(Part::Revenue)),
            payout: step.payout.filter(|_| viewer.sees(Part::Payout)),
            ..step
        })
    }

    fn is_seen_by(&self, viewer: &Principal) -> bool {
        let is_own = match viewer {
            Principal::Seller => true,
            Principal::Supplier { .. } => false,
            Principal::Buyer { bid } => self.bid.as_ref() == Some(bid),
        };
        match self.what {
            // What a buyer asks of the seller is between them until it takes effect.
            What::Redelivered
            | What::Settled
            | What::Feedback
            | What::ReturnRequested
            | What::ReturnRefused
            | What::RevenueUpdated => is_own,
            What::Returned | What::ReturnUndone => is_own || viewer.sees(Part::Source),
            What::PayoutUpdated => viewer.sees(Part::Payout),
            // Whoever has the lead has to know.
            What::Unsubscribed | What::Resubscribed | What::Deleted => true,
            What::JoinedResponder | What::MessageOrdered => *viewer == Principal::Seller,
            What::Quarantined | What::Released | What::TurnedAway => viewer.sees(Part::LeadCounts),
        }
    }
}
