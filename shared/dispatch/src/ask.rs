//! The request that is written down: made, its answer kept, its outcome written.

use std::time::{Duration, Instant};

use domain::{
    delivery::Delivery,
    id::{AttemptId, DeliveryRef},
    lead::{Lead, Outcome},
};
use jiff::Timestamp;
use store::{Attempt, Commit, DeliveryJob, Exchange, Line};

use crate::{
    clock::Clock,
    deliver::{DeliverError, Dispatcher, Draw, LEASE_MARGIN, MAX_CONFLICTS, sending, state_word},
    exchange::{heard, kept, make},
    render::AttemptName,
    tally,
};

impl Dispatcher {
    /// Makes the request that is written down, and writes down what became of it.
    pub(crate) async fn ask(
        &self,
        job: &DeliveryJob,
        lead: Lead,
        own: &Line,
        draw: Draw,
        clock: Clock,
    ) -> Result<(), DeliverError> {
        let state = lead.delivery(&job.did)?.clone();
        let candidates = own.candidates();
        let (Some(delivery), Some((id, lease_until))) =
            (candidates.first().and_then(|candidate| candidate.delivery), sending(&lead, &job.did))
        else {
            return Err(DeliverError::NothingToSend);
        };
        let name = AttemptName { id, number: state.attempts, round: state.round };
        let (at, watch) = (clock.now(), Instant::now());
        let exchange = self.exchange(delivery, &lead, name, lease_until, clock).await;
        let took = watch.elapsed();
        tally::asked(took);

        let (now, tries) = (clock.now(), state.attempts_in_round);
        let outcome = delivery.settle(&heard(&exchange), lead.terms.currency, tries, draw.jitter_permille, now);
        let attempt = Attempt {
            did: job.did.clone(),
            number: name.number,
            id,
            at,
            elapsed_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            correlation_id: job.correlation_id.clone(),
            heard: kept(exchange),
        };
        // First the answer, so that it outlives this worker; but whether or not that works, then the outcome.
        let stored = self.store.put_attempt(lead.id, &attempt).await;
        if let Some((before, after)) = self.settle(lead, &job.did, name, outcome, clock).await? {
            let (state, elapsed_ms) = (state_word(&after, &job.did), attempt.elapsed_ms);
            tracing::info!(lead_id = %after.id, did = %job.did, attempt = name.number, elapsed_ms, state, "asked buyer");
            self.pass_on(job, &before, &after, clock.now()).await?;
        }
        Ok(stored?)
    }

    /// One exchange, over before the lease is: whoever comes after that must find it answered.
    async fn exchange(
        &self,
        delivery: &Delivery,
        lead: &Lead,
        name: AttemptName,
        lease_until: Timestamp,
        clock: Clock,
    ) -> Exchange {
        let left = clock.now().duration_until(lease_until) - LEASE_MARGIN;
        match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => make(&self.client, delivery, lead, name, left, clock).await,
            Ok(_) | Err(_) => {
                let reason = "no time was left for it after it had been written down".to_owned();
                Exchange::NotSent { reason, worth_retrying: true }
            }
        }
    }

    /// Writes an outcome, again on top of whatever others write meanwhile. None when it was settled otherwise.
    async fn settle(
        &self,
        mut lead: Lead,
        did: &DeliveryRef,
        AttemptName { id, number, .. }: AttemptName,
        outcome: Outcome,
        clock: Clock,
    ) -> Result<Option<(Lead, Lead)>, DeliverError> {
        let before = lead.clone();
        let mut written = None;
        for _ in 0..MAX_CONFLICTS {
            let now = clock.now();
            let Ok(after) = lead.on_outcome(did, &id, number, outcome.clone(), now) else {
                // Ours, and its answer lost, before somebody else wrote on.
                if written.is_some() && lead.deliveries.get(did) == written.as_ref() {
                    return Ok(Some((before, lead)));
                }
                log_late(&lead, did, id);
                return Ok(None);
            };
            let after = self.lined_up(after, now).await?;
            written = after.deliveries.get(did).cloned();
            match self.store.commit(&lead, &after).await? {
                Commit::Done(after) | Commit::Repeated(after) => {
                    tally::moved(&lead, &after);
                    return Ok(Some((lead, *after)));
                }
                Commit::Stale(None) => return Ok(None),
                Commit::Stale(Some(now)) => lead = *now,
            }
        }
        Err(DeliverError::Conflicts)
    }
}

/// The answer is kept as an attempt; what it says can no longer move the lead.
fn log_late(lead: &Lead, did: &DeliveryRef, id: AttemptId) {
    tracing::warn!(lead_id = %lead.id, %did, attempt_id = %id, "answer came after its delivery was settled");
}
