//! The request that is written down: made, its answer kept, its outcome written.

use std::time::{Duration, Instant};

use domain::{
    answer::{Answer, GATEWAY_TIMED_OUT},
    id::{AttemptId, DeliveryRef},
    lead::{Lead, Outcome},
    outcome::Heard,
};
use jiff::Timestamp;
use lambda::Clock;
use store::{Attempt, Changed, DeliveryJob, Exchange, Line};

use crate::{
    channel::HandOver,
    deliver::{DeliverError, Dispatcher, Draw, LEASE_MARGIN, sending, state_word},
    exchange::{heard, kept},
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
        let (at, watch) = (clock.now(), Instant::now());
        let name = AttemptName { id, number: state.attempts, round: state.round, at };
        let correlation_id = job.correlation_id.as_deref();
        let at_most = time_left(at, lease_until);
        let within = at_most.unwrap_or_default();
        let task = HandOver { delivery, lead: &lead, attempt: name, at_most: within, clock, correlation_id };
        let exchange = if at_most.is_some() { Box::pin(self.hand_over(&task)).await } else { not_begun() };
        let took = watch.elapsed();
        tally::asked(took);

        let heard = heard(&exchange);
        let outcome = delivery.outcome_of(&heard, &state, lead.terms.currency, draw.jitter_permille, clock.now());
        let failed = at_most.and_then(|_| has_failed(&heard, &outcome));
        let attempt = Attempt {
            did: job.did.clone(),
            number: name.number,
            id,
            at,
            elapsed_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            correlation_id: job.correlation_id.clone(),
            heard: kept(exchange),
            outcome: outcome.clone(),
        };
        // First the answer, so that it outlives this worker; but whether or not that works, then the outcome.
        let stored = self.store.put_attempt(lead.id, &attempt).await;
        if let Some(failed) = failed {
            self.heard(delivery, failed, clock.now()).await;
        }
        if let Some((before, after)) = Box::pin(self.write_outcome(lead, &job.did, name, outcome, clock)).await? {
            let (state, elapsed_ms) = (state_word(&after, &job.did), attempt.elapsed_ms);
            tracing::info!(lead_id = %after.id, did = %job.did, attempt = name.number, elapsed_ms, state, "asked buyer");
            self.pass_on(job, &before, &after, clock.now()).await?;
        }
        Ok(stored?)
    }

    /// Writes an outcome, again on top of whatever others write meanwhile. None when it was settled otherwise.
    async fn write_outcome(
        &self,
        lead: Lead,
        did: &DeliveryRef,
        AttemptName { id, number, .. }: AttemptName,
        outcome: Outcome,
        clock: Clock,
    ) -> Result<Option<(Lead, Lead)>, DeliverError> {
        let before = lead.clone();
        let mut written = None;
        let mut change = self.store.change(lead, &self.identity);
        loop {
            let (lead, now) = (change.lead(), clock.now());
            let Ok(after) = lead.on_outcome(did, &id, number, outcome.clone(), now) else {
                // Ours, and its answer lost, before somebody else wrote on.
                if written.is_some() && lead.deliveries.get(did) == written.as_ref() {
                    return Ok(Some((before, change.into_lead())));
                }
                log_late(lead, did, id);
                return Ok(None);
            };
            let after = self.lined_up(after, now).await?;
            written = after.deliveries.get(did).cloned();
            match change.to(after).await? {
                Changed::Done(after) => {
                    tally::moved(change.lead(), &after);
                    return Ok(Some((change.into_lead(), *after)));
                }
                Changed::Gone => return Ok(None),
                Changed::Stale => {}
            }
        }
    }
}

/// How long an exchange may take that is begun now: it is over before the lease is, as whoever comes after that must find it
/// answered.
fn time_left(now: Timestamp, lease_until: Timestamp) -> Option<Duration> {
    let left = Duration::try_from(now.duration_until(lease_until) - LEASE_MARGIN).ok()?;
    (!left.is_zero()).then_some(left)
}

/// A worker that was held up makes no request: its lead may be somebody else's by now, and what was set aside for it given
/// back.
fn not_begun() -> Exchange {
    let reason = "no time was left for it after it had been written down".to_owned();
    Exchange::NotSent { reason, worth_retrying: true }
}

/// Whether the endpoint failed or works, or what takes its place where no request is made; none when it was not asked.
fn has_failed(heard: &Heard<'_>, outcome: &Outcome) -> Option<bool> {
    match heard {
        Heard::Taken { .. } | Heard::Refused { .. } => Some(false),
        Heard::NotSent { worth_retrying: false, .. } => None,
        Heard::NotSent { worth_retrying: true, .. } | Heard::NoAnswer { .. } => Some(true),
        Heard::Answered { answer: Answer { status: GATEWAY_TIMED_OUT, .. }, .. } => {
            Some(matches!(outcome, Outcome::Retry { .. } | Outcome::Failed { .. } | Outcome::Unknown { .. }))
        }
        Heard::Answered { .. } => Some(matches!(outcome, Outcome::Retry { .. } | Outcome::Failed { .. })),
    }
}

/// The answer is kept as an attempt; what it says can no longer move the lead.
fn log_late(lead: &Lead, did: &DeliveryRef, id: AttemptId) {
    tracing::warn!(lead_id = %lead.id, %did, attempt_id = %id, "answer came after its delivery was settled");
}
