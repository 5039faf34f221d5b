//! The next step of one lead at one delivery: gather, write the intent, send, write the outcome, pass the lead on.
//!
//! Whatever dies between two of these steps leaves a lead from which the next message goes on: an intent without an
//! outcome turns into the answer that was kept, or into `unknown`, and is never sent twice by itself.

use domain::{
    campaign::Campaign,
    delivery::Delivery,
    id::{AttemptId, DeliveryRef},
    lead::{Clearing, DeliveryState, Lead, NotNow, Outcome, QUEUE_DELAY_LIMIT, SkipReason},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use lambda::Clock;
use store::{Commit, DeliveryJob, DeliveryQueue, Identity, Line, LineUpError, Mail, Notice, Store, follow_ups};

use crate::{
    channel::l2l::Own,
    client::Client,
    reserved::SetAside,
    tally,
    turn::{Intent, Turn},
};

/// After its deadline for the buyer, a worker has this long to write the outcome down.
pub(crate) const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(15);
/// Writers of one lead are few; a step that loses this often is better left to the next message.
const MAX_CONFLICTS: u32 = 10;

/// Sends leads to buyers.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    /// Where leads are.
    pub store: Store,
    /// Where the next messages go.
    pub queue: DeliveryQueue,
    /// The way to buyers.
    pub client: Client,
    /// The way to the mail service.
    pub mail: Mail,
    /// The key of all hashes of personal data.
    pub identity: Identity,
    /// Who we are to other installations.
    pub own: Own,
}

/// What a step needs from outside: the time, an id in case a request is made, and chance for the retries.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// The time when the message was taken up.
    pub now: Timestamp,
    /// The id of the request, if one is made.
    pub attempt: AttemptId,
    /// Where between its least and its most the delay of a retry falls, 0 to 1,000.
    pub jitter_permille: u16,
}

/// Why a step was not finished; its message has to come again.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The tables or the queue.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Others kept writing the lead.
    #[error("the lead was written by others {MAX_CONFLICTS} times in a row")]
    Conflicts,
    /// A request is written down, but its delivery is not set up any more.
    #[error("the delivery to send with is gone")]
    NothingToSend,
    /// The state machine refused a step that should be open.
    #[error("a step was refused: {0}")]
    Illegal(#[from] domain::lead::IllegalTransition),
}

impl From<LineUpError> for DeliverError {
    fn from(error: LineUpError) -> Self {
        match error {
            LineUpError::Store(error) => Self::Store(error),
            LineUpError::Illegal(refused) => Self::Illegal(refused),
        }
    }
}

/// What to do with the message.
enum Step {
    /// Make the request: it is written down.
    Send(Box<Lead>),
    /// The lead is written; pass it on.
    Moved { before: Box<Lead>, after: Box<Lead> },
    /// Come again.
    Later(Timestamp),
    /// Nothing is left to do.
    Done,
}

impl Dispatcher {
    /// Takes the next step of the delivery that `job` names.
    ///
    /// # Errors
    /// [`DeliverError`]; the message must then be delivered again.
    pub async fn deliver(&self, job: &DeliveryJob, draw: Draw) -> Result<(), DeliverError> {
        let clock = Clock::starting(draw.now);
        let Some(lead) = self.store.lead(job.lead_id).await? else { return Ok(()) };
        let own = self.store.line_of(&job.did).await?;
        // Each part of the way is put on the heap by itself: together they are too large for the stack of a worker.
        match Box::pin(self.step(job, lead, &own, draw, clock)).await? {
            Step::Done => Ok(()),
            Step::Later(due) => {
                let delay = clock.now().duration_until(due);
                // What waits longer is parked under its due time, and comes back from there.
                let jobs = if delay <= QUEUE_DELAY_LIMIT { std::slice::from_ref(job) } else { &[] };
                Ok(self.queue.send(jobs, delay).await?)
            }
            Step::Moved { before, after } => {
                let state = state_word(&after, &job.did);
                tracing::info!(lead_id = %after.id, did = %job.did, state, "moved without a request");
                self.pass_on(job, &before, &after, clock.now()).await
            }
            Step::Send(lead) => Box::pin(self.ask(job, *lead, &own, draw, clock)).await,
        }
    }

    /// Decides what the message means for the lead as it is, and writes that down.
    async fn step(
        &self,
        job: &DeliveryJob,
        mut lead: Lead,
        own: &Line,
        draw: Draw,
        clock: Clock,
    ) -> Result<Step, DeliverError> {
        let mut reserved = None;
        for _ in 0..MAX_CONFLICTS {
            let draw = Draw { now: clock.now(), ..draw };
            let after = match Box::pin(self.next(job, &lead, own, draw)).await? {
                Ok(after) => after,
                Err(step) => {
                    self.forget_unused(&lead, &job.did, reserved).await;
                    return Ok(step);
                }
            };
            reserved = SetAside::of(&after, &job.did).filter(|own| own.attempt == draw.attempt).or(reserved);
            let commit = Box::pin(self.store.commit(&lead, &after, &self.identity)).await?;
            if let Commit::Done(now) | Commit::Repeated(now) = &commit {
                tally::moved(&lead, now);
            }
            match commit {
                Commit::Done(now) => {
                    self.forget_unused(&now, &job.did, reserved).await;
                    return Ok(written(job, lead, now));
                }
                // The same request again has no id of its own, so another worker may have meant just the same.
                Commit::Repeated(now) if sending(&now, &job.did).is_some_and(|(id, _)| id != draw.attempt) => {
                    lead = *now;
                }
                Commit::Repeated(now) => return Ok(written(job, lead, now)),
                // What it counted is left to the sweeper.
                Commit::Stale(None) => return Ok(Step::Done),
                // Ours, and its answer lost, before somebody else wrote on: the id is this worker's alone.
                Commit::Stale(Some(now)) if sending(&now, &job.did).is_some_and(|(id, _)| id == draw.attempt) => {
                    return Ok(Step::Send(now));
                }
                Commit::Stale(Some(now)) => lead = *now,
            }
        }
        Err(DeliverError::Conflicts)
    }

    /// Something may have been set aside for a request that was then not written down, because others moved the lead.
    async fn forget_unused(&self, lead: &Lead, did: &DeliveryRef, reserved: Option<SetAside>) {
        let used = SetAside::of(lead, did).map(|own| own.attempt);
        self.forget(did, reserved.filter(|own| used != Some(own.attempt))).await;
    }

    /// The lead as it should be next, or what to do with the message without writing it.
    async fn next(
        &self,
        job: &DeliveryJob,
        lead: &Lead,
        own: &Line,
        draw: Draw,
    ) -> Result<Result<Lead, Step>, DeliverError> {
        let Draw { now, attempt, jitter_permille } = draw;
        let candidates = own.candidates();
        let delivery = candidates.first().and_then(|candidate| candidate.delivery);
        let timeout = delivery.map_or(SignedDuration::ZERO, Delivery::timeout);
        let lease_until = later(now, timeout + LEASE_MARGIN);
        Ok(match lead.on_intent(&job.did, job.round, attempt, now, lease_until) {
            Ok(intent) => {
                let intent = Intent { lead: intent, lease_until };
                match Box::pin(self.turn(lead, &job.did, own, intent, now)).await? {
                    Turn::Write(after) => Ok(*after),
                    Turn::Later(due) => Err(Step::Later(due)),
                }
            }
            Err(NotNow::Passed) => Err(Step::Done),
            Err(NotNow::Busy { until: due } | NotNow::NotDue { due }) => Err(Step::Later(due)),
            Err(NotNow::NoSlot) => Ok(self.skipped(lead, &job.did, SkipReason::NoSlot, now).await?),
            Err(NotNow::Overdue) => {
                let after = lead.on_deadline(&job.did, now)?;
                // Before the lead is written, as afterwards nobody would come by to tell.
                if let Some(notice) = Notice::decision_needed(&after, &job.did) {
                    self.store.put_notice(&notice).await?;
                }
                Ok(self.lined_up(after, now).await?)
            }
            Err(NotNow::LeaseExpired { attempt }) => {
                let (outcome, told) = self.left_behind(lead, &job.did, delivery, jitter_permille, now).await?;
                let number = lead.delivery(&job.did)?.attempts;
                let after = lead.on_outcome(&job.did, &attempt, number, outcome, told)?;
                Ok(self.lined_up(after, now).await?)
            }
        })
    }

    /// What a worker that is gone has left behind: what the answer meant that it kept, from when that came; or from now on,
    /// nothing that anybody knows.
    async fn left_behind(
        &self,
        lead: &Lead,
        did: &DeliveryRef,
        delivery: Option<&Delivery>,
        jitter_permille: u16,
        now: Timestamp,
    ) -> Result<(Outcome, Timestamp), DeliverError> {
        let state = lead.delivery(did)?;
        if let Some(kept) = self.store.attempt(lead.id, did, state.attempts).await? {
            let took = SignedDuration::from_millis(i64::try_from(kept.elapsed_ms).unwrap_or_default());
            return Ok((kept.outcome, later(kept.at, took)));
        }
        let reason = "the worker stopped before it had stored an answer".to_owned();
        let outcome = match delivery {
            Some(delivery) => delivery.unknown(reason, state.attempts_in_round, jitter_permille, now),
            None => Outcome::Unknown { reason, clearing: Clearing::without_repeat(now) },
        };
        Ok((outcome, now))
    }

    pub(crate) async fn skipped(
        &self,
        lead: &Lead,
        did: &DeliveryRef,
        reason: SkipReason,
        now: Timestamp,
    ) -> Result<Lead, DeliverError> {
        let bid = lead.delivery(did)?.bid.clone();
        Box::pin(self.lined_up(lead.on_skipped(did, bid, reason, now)?, now)).await
    }

    /// The lead, given to whoever is next in line by now.
    pub(crate) async fn lined_up(&self, lead: Lead, now: Timestamp) -> Result<Lead, DeliverError> {
        match self.store.cached::<Campaign>(lead.campid.as_str()).await? {
            Some(campaign) => Ok(Box::pin(self.store.give_out(&lead, &campaign, now)).await?),
            None => Ok(lead),
        }
    }

    /// Sends the messages that a change of the lead calls for.
    pub(crate) async fn pass_on(
        &self,
        job: &DeliveryJob,
        before: &Lead,
        after: &Lead,
        now: Timestamp,
    ) -> Result<(), DeliverError> {
        for (delay, jobs) in follow_ups(Some(before), after, now, job.correlation_id.as_deref()) {
            self.queue.send(&jobs, delay).await?;
        }
        Ok(())
    }
}

/// What a write that is done leads to.
fn written(job: &DeliveryJob, before: Lead, after: Box<Lead>) -> Step {
    if sending(&after, &job.did).is_some() {
        return Step::Send(after);
    }
    Step::Moved { before: Box::new(before), after }
}

/// The request that may be under way, and until when nobody else makes one.
pub(crate) fn sending(lead: &Lead, did: &DeliveryRef) -> Option<(AttemptId, Timestamp)> {
    let DeliveryState::Sending { attempt, lease_until, .. } = lead.deliveries.get(did)?.state else { return None };
    Some((attempt, lease_until))
}

pub(crate) fn state_word(lead: &Lead, did: &DeliveryRef) -> Option<&'static str> {
    lead.deliveries.get(did).map(|delivery| delivery.state.word())
}
