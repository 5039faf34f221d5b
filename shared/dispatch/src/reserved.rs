//! What follows from what is written: places under caps and buyers' credit that were set aside, kept or taken back.

use domain::{
    cap::Counted,
    id::{AttemptId, BuyerRef, DeliveryRef},
    lead::{CountChange, CreditChange, Lead, reservation_id},
    money::Money,
};
use store::{Commit, Error, Scope};

use crate::{deliver::Dispatcher, tally};

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
    /// Writes the lead, and then settles what this changes of what was set aside. That it cannot be settled does not undo the
    /// write: the sweeper finds it.
    pub(crate) async fn commit(&self, before: &Lead, after: &Lead) -> Result<Commit, Error> {
        let commit = self.store.commit_freeing(before, after, &self.identity).await?;
        match &commit {
            Commit::Done(now) | Commit::Repeated(now) => {
                tally::moved(before, now);
                Box::pin(self.recount(before, now)).await;
                Box::pin(self.charge(before, now)).await;
            }
            Commit::Stale(_) => {}
        }
        Ok(commit)
    }

    async fn recount(&self, before: &Lead, after: &Lead) {
        for recount in after.recounts(before) {
            let id = reservation_id(recount.attempt);
            let scope = Scope::Delivery(recount.did);
            let done = match recount.change {
                CountChange::Confirm => self.store.confirm(&scope, &id).await,
                CountChange::Release => self.store.release(&scope, &id, Some(&recount.windows)).await,
                // Went with the write.
                CountChange::GiveBack => Ok(()),
            };
            if let Err(error) = done {
                tracing::warn!(lead_id = %after.id, %error, "a reservation is left to the sweeper");
            }
        }
    }

    async fn charge(&self, before: &Lead, after: &Lead) {
        let moves = match after.credit_moves(before) {
            Ok(moves) => moves,
            // The write would have failed of it.
            Err(error) => return tracing::error!(lead_id = %after.id, %error, "credit was not settled"),
        };
        for one in moves {
            let done = match one.change {
                CreditChange::Settle { reserved, owed } => {
                    self.store.settle_credit(&one.bid, &reservation_id(one.attempt), reserved, owed).await
                }
                // Went with the write.
                CreditChange::Move(_) => Ok(()),
            };
            if let Err(error) = done {
                tracing::warn!(lead_id = %after.id, %error, "credit that is set aside is left to the sweeper");
            }
        }
    }

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
