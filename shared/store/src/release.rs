//! The end of a quarantine: the lead is let go, and claims its data like any that comes in, or it is turned away.

use domain::{
    campaign::Campaign,
    intake::{Claim, as_duplicate},
    lead::{Actor, Ending, Lead},
};
use jiff::Timestamp;

use crate::{Commit, Identity, LineUpError, Store};

impl Store {
    /// Ends the quarantine of a lead. One that is let go makes its claim again and is given to whoever is next in line, all in
    /// one write; if another lead has claimed its data meanwhile, it is a duplicate, and rejected. Its messages are the caller's. `by` is
    /// who wants it; none: its time is over.
    ///
    /// # Errors
    /// [`LineUpError`]; `Illegal` with `not_quarantined` when there is nothing to end.
    pub async fn end_quarantine(
        &self,
        lead: &Lead,
        campaign: &Campaign,
        (ending, by): (&Ending, Option<&Actor>),
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Commit, LineUpError> {
        let given_out = self.give_out(&lead.on_quarantine_ended(ending, now)?, campaign, now).await?;
        let after = touched(given_out.released_from(lead), by);
        let Some(claim) = Claim::of(&after, campaign, now) else {
            return Ok(self.commit(lead, &after, identity).await?);
        };
        if let Some(commit) = self.commit_claiming(lead, &after, &claim, identity).await? {
            return Ok(commit);
        }
        tracing::info!(lead_id = %lead.id, "released lead is a duplicate");
        Ok(self.commit(lead, &as_duplicate(&after).released_from(lead), identity).await?)
    }
}

fn touched(lead: Lead, by: Option<&Actor>) -> Lead {
    match by {
        Some(by) => lead.touched_by(by),
        None => lead,
    }
}
