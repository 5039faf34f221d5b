//! What is set aside for a request: a place under caps, and of its buyer's credit.

use domain::{
    cap::Counted,
    id::{AttemptId, BuyerRef, DeliveryRef},
    lead::{Lead, reservation_id},
    money::Money,
};
use store::Scope;

use crate::deliver::Dispatcher;

/// What was set aside for a request.
#[derive(Clone, Debug)]
pub(crate) struct SetAside {
    /// The request.
    pub(crate) attempt: AttemptId,
    windows: Option<Counted>,
    credit: Option<(BuyerRef, Money)>,
}

impl SetAside {
    /// What the lead has set aside for its request to this delivery; none: nothing.
    pub(crate) fn of(lead: &Lead, did: &DeliveryRef) -> Option<Self> {
        let delivery = lead.deliveries.get(did)?;
        let attempt = delivery.state.open_attempt()?;
        let windows = delivery.counted.clone();
        let credit = lead.set_aside(did).map(|(bid, amount)| (bid.clone(), amount));
        (windows.is_some() || credit.is_some()).then_some(Self { attempt, windows, credit })
    }
}

impl Dispatcher {
    /// Takes back what was set aside for a request that was not written down after all.
    pub(crate) async fn forget(&self, did: &DeliveryRef, set_aside: Option<SetAside>) {
        let Some(SetAside { attempt, windows, credit }) = set_aside else { return };
        let id = reservation_id(attempt);
        if let Some(windows) = windows
            && let Err(error) = self.store.release(&Scope::Delivery(did.clone()), &id, Some(&windows)).await
        {
            tracing::warn!(%did, %error, "a reservation is left to the sweeper");
        }
        if let Some((bid, amount)) = credit
            && let Err(error) = self.store.settle_credit(&bid, &id, amount, Money::zero(amount.currency)).await
        {
            tracing::warn!(%did, %error, "credit that is set aside is left to the sweeper");
        }
    }
}
