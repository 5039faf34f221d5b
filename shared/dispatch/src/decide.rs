//! A decision about a lead that no message asks for, such as the seller's word on what nobody knows: gather, decide,
//! commit, pass on.

use domain::{
    id::LeadId,
    lead::{Actor, IllegalTransition, Lead},
};
use jiff::Timestamp;
use lambda::Clock;
use store::Changed;

use crate::{
    deliver::{DeliverError, Dispatcher},
    tally,
};

/// Why a decision was not made.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The lead as it is does not allow it; nothing is written.
    #[error("{0}")]
    Refused(#[from] IllegalTransition),
    /// It could not be written, or nobody knows whether it is; making it again may help.
    #[error(transparent)]
    Failed(#[from] DeliverError),
}

impl From<store::Error> for DecideError {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Dispatcher {
    /// Writes down what `decide` makes of the lead, gives the lead to whoever is next in line by then, and sends the
    /// messages that follow. When others write the lead meanwhile, it is decided anew on what they wrote; so a decision that
    /// is made already must be returned as the lead it is given, which is then left as it is. `by` is who decides. Returns the
    /// lead as it is then; none: there is no such lead.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn decide<F>(
        &self,
        lead_id: LeadId,
        by: Option<&Actor>,
        now: Timestamp,
        correlation_id: Option<&str>,
        decide: F,
    ) -> Result<Option<Lead>, DecideError>
    where
        F: Fn(&Lead, Timestamp) -> Result<Lead, IllegalTransition>,
    {
        let clock = Clock::starting(now);
        let Some(lead) = self.store.lead(lead_id).await? else { return Ok(None) };
        let mut change = self.store.change(lead, &self.identity).by(by);
        loop {
            let now = clock.now();
            let decided = decide(change.lead(), now)?;
            if decided == *change.lead() {
                return Ok(Some(decided));
            }
            let after = self.lined_up(decided, now).await?;
            match change.to(after).await? {
                Changed::Done(after) => {
                    let before = change.lead();
                    tally::moved(before, &after);
                    self.queue.send_follow_ups(Some(before), &after, clock.now(), correlation_id).await;
                    return Ok(Some(*after));
                }
                Changed::Gone => return Ok(None),
                Changed::Stale => {}
            }
        }
    }
}
