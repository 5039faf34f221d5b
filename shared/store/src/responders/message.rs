//! The messages of bulk jobs: each stands once, in the row of its job, and people are written to by it as by a responder of one step.

use std::sync::Arc;

use domain::{bulk::Action, id::ResponderRef, responder::Responder};

use crate::{Error, Store};

impl Store {
    /// The responder that an enrolment is of, or the message of the bulk job, as it was at most [`crate::CACHED_FOR`] ago. None: there is none,
    /// or the job was called off.
    ///
    /// # Errors
    /// The table's.
    pub async fn responder_or_message(&self, rid: &ResponderRef) -> Result<Option<Arc<Responder>>, Error> {
        let Some(id) = rid.job() else { return self.cached::<Responder>(rid.as_str()).await };
        if let Some(known) = self.cache.messages.get(&id).await {
            return Ok(Some(known));
        }
        let Some(job) = self.bulk_job(id).await?.filter(|job| !job.cancelled && !job.dry_run) else { return Ok(None) };
        let Action::SendMessage(message) = &job.action else { return Ok(None) };
        let gateway = match &message.gateway {
            Some(rid) => self.cached::<Responder>(rid.as_str()).await?,
            None => None,
        };
        let message = Arc::new(message.as_responder(id, gateway.as_deref()));
        self.cache.messages.insert(id, Arc::clone(&message)).await;
        Ok(Some(message))
    }
}
