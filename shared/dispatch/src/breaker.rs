//! The circuit breaker of a delivery: whether a request may go out, and what became of it.
//!
//! A breaker that cannot be read or written keeps no lead from its buyer: that is logged, and the delivery goes on.

use domain::{
    delivery::{Delivery, Pass},
    time::rfc3339,
};
use jiff::Timestamp;
use store::Switched;

use crate::deliver::{DeliverError, Dispatcher};

impl Dispatcher {
    /// Whether a request of the delivery may go out now; until when not, otherwise. After a pause one may, and until
    /// `lease_until`, or its answer, nobody else: to be asked last of all, right before the request is written down.
    ///
    /// # Errors
    /// None so far.
    pub async fn may_send(
        &self,
        delivery: &Delivery,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Timestamp>, DeliverError> {
        let did = &delivery.did;
        match self.store.pass(did, now, lease_until).await {
            Ok(Pass::Free) => Ok(None),
            Ok(Pass::Probe) => {
                tracing::info!(%did, "a paused delivery is tried with one lead");
                Ok(None)
            }
            Ok(Pass::Blocked(until)) => Ok(Some(until)),
            Err(error) => {
                tracing::warn!(%did, error = &error as &dyn std::error::Error, "a breaker could not be read");
                Ok(None)
            }
        }
    }

    /// Notes that a request of the delivery failed, or was answered.
    pub async fn heard(&self, delivery: &Delivery, failed: bool, now: Timestamp) {
        let did = &delivery.did;
        let noted =
            if failed { self.store.note_failure(delivery, now).await } else { self.store.note_answer(did, now).await };
        match noted {
            Ok(None) => {}
            Ok(Some(Switched::Paused(pause))) => {
                metrics::counter!("delivery_paused").increment(1);
                let (failures, until) = (pause.failures, rfc3339(pause.until));
                tracing::warn!(%did, failures, until, "delivery is paused");
            }
            Ok(Some(Switched::PausedAgain(pause))) => {
                metrics::counter!("delivery_paused").increment(1);
                let (since, until) = (rfc3339(pause.since), rfc3339(pause.until));
                tracing::info!(%did, since, until, "delivery stays paused");
            }
            Ok(Some(Switched::Resumed(pause))) => {
                tracing::info!(%did, since = rfc3339(pause.since), "delivery is no longer paused");
            }
            Err(error) => {
                tracing::warn!(%did, error = &error as &dyn std::error::Error, "a breaker could not be written");
            }
        }
    }
}
