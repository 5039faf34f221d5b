//! Counts that follow from what is written: reservations confirmed or taken back.

use domain::{
    id::{AttemptId, DeliveryRef},
    lead::{CountChange, Lead, reservation_id},
};
use store::{Commit, Error, Scope};

use crate::{deliver::Dispatcher, tally};

impl Dispatcher {
    /// Writes the lead, and then settles the counts that this changes. That they cannot be settled does not undo the write:
    /// the sweeper finds them.
    pub(crate) async fn commit(&self, before: &Lead, after: &Lead) -> Result<Commit, Error> {
        let commit = self.store.commit_freeing(before, after, &self.identity).await?;
        match &commit {
            Commit::Done(now) | Commit::Repeated(now) => {
                tally::moved(before, now);
                self.recount(before, now).await;
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

    /// Takes back the reservation of a request that was not written down after all.
    pub(crate) async fn forget_reservation(&self, did: &DeliveryRef, attempt: AttemptId) {
        let id = reservation_id(attempt);
        if let Err(error) = self.store.release(&Scope::Delivery(did.clone()), &id, None).await {
            tracing::warn!(%did, %error, "a reservation is left to the sweeper");
        }
    }
}
