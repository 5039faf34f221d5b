//! Leads in quarantine whose time is over: released or turned away, as their campaign says.

use domain::{
    campaign::Campaign,
    lead::{Ending, Lead},
};
use store::{Commit, Error, LineUpError};

use crate::{Sweep, tally};

impl Sweep<'_> {
    /// Whether the lead's quarantine has ended by itself.
    pub(crate) fn is_over(&self, lead: &Lead) -> bool {
        lead.quarantined_until().is_some_and(|until| until <= self.now)
    }

    /// Ends it, and sends the messages that follow, which it counts.
    pub(crate) async fn end_quarantine(&self, lead: &Lead) -> Result<usize, Error> {
        let store = &self.app.store;
        let campaign = store.cached::<Campaign>(lead.campid.as_str()).await?;
        let Some((campaign, rule)) = campaign.and_then(|campaign| Some((campaign.clone(), campaign.quarantine?)))
        else {
            return self.leave_to_a_person(lead).await;
        };
        let ending = Ending::from(rule.then);
        match store.end_quarantine(lead, &campaign, (&ending, None), &self.app.identity, self.now).await {
            Ok(Commit::Done(after) | Commit::Repeated(after)) => {
                tally::released(&after, &self.correlation_id);
                let (queue, correlation_id) = (&self.app.queue, Some(self.correlation_id.as_str()));
                Ok(queue.send_follow_ups(Some(lead), &after, self.now, correlation_id).await)
            }
            // Somebody else has just written it.
            Ok(Commit::Stale(_)) => Ok(0),
            Err(LineUpError::Store(error)) => Err(error),
            Err(LineUpError::Illegal(refused)) => {
                tracing::error!(lead_id = %lead.id, code = refused.code, "a quarantine cannot be ended");
                Ok(0)
            }
        }
    }

    /// The rule that set its time is gone: nobody but a person can say what is to become of it.
    async fn leave_to_a_person(&self, lead: &Lead) -> Result<usize, Error> {
        if let Ok(after) = lead.on_left_to_a_person() {
            tracing::info!(lead_id = %lead.id, "the campaign has no rule for leads in quarantine any more");
            self.app.store.commit(lead, &after, &self.app.identity).await?;
        }
        Ok(0)
    }
}
