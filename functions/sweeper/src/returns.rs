//! Returns that nobody has decided in time: they take effect, as their terms say.

use domain::{
    lead::Lead,
    returned::{ReturnDecision, ReturnId},
};
use store::{Decided, Error, LineUpError, Returning};

use crate::Sweep;

impl Sweep<'_> {
    /// Approves the returns of a lead whose time has come, and says how many.
    pub(crate) async fn approve_returns(&self, lead: &Lead) -> Result<usize, Error> {
        let due = lead.returns_due(self.now);
        let due: Vec<ReturnId> =
            due.map(|(did, back)| ReturnId { lead: lead.id, number: back.number, did: did.clone() }).collect();
        let returning = Returning {
            store: &self.app.store,
            identity: &self.app.identity,
            queue: &self.app.queue,
            by: None,
            correlation_id: Some(&self.correlation_id),
        };
        for id in &due {
            let (did, correlation_id) = (&id.did, &self.correlation_id);
            match returning.decide(id, ReturnDecision::Approve { reverse_payout: None }, self.now).await {
                Ok(Decided::Done(_)) => {
                    tracing::info!(lead_id = %lead.id, %did, correlation_id, "a return took effect that nobody decided");
                }
                // The seller was faster.
                Ok(Decided::Refused(_) | Decided::NotFound) => {}
                Err(LineUpError::Store(error)) => return Err(error),
                Err(LineUpError::Illegal(refused)) => {
                    tracing::error!(lead_id = %lead.id, %did, code = refused.code, "a return cannot take effect");
                }
            }
        }
        Ok(due.len())
    }
}
