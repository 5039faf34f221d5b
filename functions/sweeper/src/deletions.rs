//! Deletions that could not be ended at once: a buyer was being asked, or something may have been put beside the lead since.

use domain::lead::Lead;
use store::Error;

use crate::Sweep;

impl Sweep<'_> {
    /// Takes the next step of a lead's deletion; no: there is none to be taken.
    pub(crate) async fn goes_on_deleting(&self, lead: &Lead) -> Result<bool, Error> {
        let after = match lead.on_deletion_due(self.now) {
            Ok(Some(after)) => after,
            Ok(None) => return Ok(false),
            Err(refused) => {
                tracing::error!(lead_id = %lead.id, code = refused.code, "a lead cannot be deleted");
                return Ok(false);
            }
        };
        // Accepted for a file meanwhile: its buyer is to get what it bought.
        if !lead.is_tombstone() && self.app.store.waits_for_file(lead).await? {
            return Ok(false);
        }
        // Where somebody else has just written the lead, the next sweep looks again.
        self.app.store.commit_deletion(lead, after, None, &self.app.identity).await?;
        tracing::info!(lead_id = %lead.id, "a deletion goes on");
        Ok(true)
    }
}
