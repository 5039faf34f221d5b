//! The leads of a job, changed a row at a time; those of one row side by side.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    bulk::{Action, Effect, Ordered, done_by},
    consent::Spoken,
    id::{BulkJobId, LeadId},
    lead::{Actor, Approval, Lead, Rejection},
    responder::Responder,
};
use futures::{StreamExt, stream};
use jiff::tz::TimeZone;
use store::{BulkChunk, BulkJobState, BulkOutcome, Commit, Error, LineUpError, Unreadable};

use super::{
    look_again::{Seen, look_again},
    work::Work,
};

/// Leads that are changed at the same time.
const CONCURRENCY: usize = 32;
/// The same where what buyers owe moves: leads of one buyer on credit move one balance, and would get into each other's way.
const CONCURRENCY_ON_BALANCES: usize = 4;
/// How often a worker looks for leads of a person that come in while it is erased; then it is another's turn.
const MAX_LOOKS: usize = 10;
/// How long to wait before a lead is changed that others are writing, or that the tables were asked too much for.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
];

/// Goes through all leads that are written down, to the end of the job; or hands it on.
pub(super) async fn on_all(mut work: Work<'_>) -> Result<(), Error> {
    let (settings, zone) = tokio::try_join!(work.app.store.cached_settings(), work.app.store.zone())?;
    let responder = match work.job.action.responder() {
        Some(rid) => work.app.store.cached::<Responder>(rid.as_str()).await?,
        None => None,
    };
    for _ in 0..MAX_LOOKS {
        let (reasons, responder) = (&settings.return_reasons, responder.as_deref());
        if !on_written(&mut work, &zone, reasons, responder).await? {
            return Ok(());
        }
        match look_again(&mut work).await? {
            Seen::More => {}
            Seen::Nothing => return work.close(BulkJobState::Done).await,
            Seen::NotMine => return Ok(()),
        }
    }
    work.hand_on().await
}

/// Goes through all leads that are written down by now. False: the job was handed on, or is somebody else's.
async fn on_written(
    work: &mut Work<'_>,
    zone: &TimeZone,
    reasons: &[String],
    responder: Option<&Responder>,
) -> Result<bool, Error> {
    while work.job.chunks_done < work.job.chunks {
        let number = work.job.chunks_done;
        let chunk = next_row(work).await?;
        let outcomes = match chunk.outcomes {
            // Somebody was through with them, and died before it could say so in the job.
            Some(outcomes) => outcomes,
            None => {
                let acting = Acting { work, zone, reasons, responder };
                let outcomes = acting.on(&chunk.leads).await?;
                let done = BulkChunk { outcomes: Some(outcomes.clone()), ..chunk };
                if !work.app.store.put_bulk_chunk(&work.job, number, &done).await? {
                    return Ok(false);
                }
                outcomes
            }
        };
        work.count(&outcomes);
        if work.turn.is_over() && work.job.chunks_done < work.job.chunks {
            work.hand_on().await?;
            return Ok(false);
        }
        if !work.keep().await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ends a job that was called off while nobody worked on it. What whoever had it before has done is told; no other lead is changed.
pub(super) async fn on_no_more(mut work: Work<'_>) -> Result<(), Error> {
    while work.job.state == BulkJobState::Running && work.job.chunks_done < work.job.chunks {
        let chunk = next_row(&work).await?;
        let outcomes = match chunk.outcomes {
            Some(outcomes) => outcomes,
            None => {
                let Some(outcomes) = done_before(&work, &chunk.leads).await? else { break };
                let told = BulkChunk { outcomes: Some(outcomes.clone()), ..chunk };
                if !work.app.store.put_bulk_chunk(&work.job, work.job.chunks_done, &told).await? {
                    return Ok(());
                }
                outcomes
            }
        };
        work.count(&outcomes);
    }
    work.close(BulkJobState::Cancelled).await
}

/// What became of leads in the hands of somebody who died among them; none: it had not come to any.
async fn done_before(work: &Work<'_>, leads: &[LeadId]) -> Result<Option<Vec<BulkOutcome>>, Error> {
    let (job, mut read) = (work.job.id, work.app.store.leads_at_once(leads).await?);
    let mut is_begun = false;
    let outcomes = leads.iter().map(|id| match read.remove(id) {
        Some(Ok(lead)) if lead.was_changed_by(job) => {
            is_begun = true;
            became(&work.job.action, &lead, done_by(&lead, job))
        }
        Some(_) | None => {
            let detail = "The job was called off before its turn.".to_owned();
            BulkOutcome::Skipped { code: "cancelled".to_owned(), detail }
        }
    });
    let outcomes = outcomes.collect();
    Ok(is_begun.then_some(outcomes))
}

async fn next_row(work: &Work<'_>) -> Result<BulkChunk, Error> {
    let chunk = work.app.store.bulk_chunk(work.job.id, work.job.chunks_done).await?;
    chunk.ok_or(Error::Contended { what: "the leads of a bulk job" })
}

/// All that leads are changed with.
struct Acting<'a> {
    work: &'a Work<'a>,
    zone: &'a TimeZone,
    reasons: &'a [String],
    responder: Option<&'a Responder>,
}

impl Acting<'_> {
    /// What became of these leads, in their order.
    async fn on(&self, leads: &[LeadId]) -> Result<Vec<BulkOutcome>, Error> {
        let mut read = self.read(leads).await?;
        let acts = leads.iter().map(|id| self.on_one(*id, read.remove(id)));
        // All that are under way come to their end, also where one fails.
        let moves_balances = matches!(self.work.job.action, Action::Return(_) | Action::UpdateRevenue(_));
        let at_once = if moves_balances && !self.work.job.dry_run { CONCURRENCY_ON_BALANCES } else { CONCURRENCY };
        let acts = stream::iter(acts.collect::<Vec<_>>()).buffered(at_once);
        acts.collect::<Vec<_>>().await.into_iter().collect()
    }

    async fn read(&self, leads: &[LeadId]) -> Result<BTreeMap<LeadId, Result<Lead, Unreadable>>, Error> {
        let mut pauses = PAUSES.iter();
        loop {
            // What has changed since is noticed when the lead is written.
            match self.work.app.store.leads_a_moment_ago(leads).await {
                Err(error @ (Error::Service { .. } | Error::Contended { .. })) if !self.work.turn.is_over() => {
                    let Some(pause) = pauses.next() else { return Err(error) };
                    tokio::time::sleep(*pause).await;
                }
                read => return read,
            }
        }
    }

    async fn on_one(&self, id: LeadId, read: Option<Result<Lead, Unreadable>>) -> Result<BulkOutcome, Error> {
        let store = &self.work.app.store;
        let known = match read {
            Some(Ok(lead)) => Ok(Some(lead)),
            Some(Err(row)) => Err(Error::from(row)),
            None => store.lead(id).await,
        };
        let mut lead = match known {
            Ok(Some(lead)) => lead,
            Ok(None) => return Ok(gone()),
            Err(error @ (Error::Unreadable(_) | Error::Item(_))) => return Ok(self.broken(id, &error)),
            Err(error) => return Err(error),
        };
        let mut pauses = PAUSES.iter();
        loop {
            let error = match self.try_once(&lead).await {
                Ok(Tried::Is(outcome)) => return Ok(outcome),
                Ok(Tried::Changed(now)) => {
                    lead = *now;
                    Error::Contended { what: "a lead" }
                }
                Err(LineUpError::Illegal(refused)) => {
                    return Ok(BulkOutcome::Skipped { code: refused.code.to_owned(), detail: refused.detail });
                }
                Err(LineUpError::Store(error @ (Error::Unreadable(_) | Error::Item(_)))) => {
                    return Ok(self.broken(id, &error));
                }
                Err(LineUpError::Store(error)) => error,
            };
            match pauses.next() {
                Some(pause) => tokio::time::sleep(*pause).await,
                None if matches!(error, Error::Contended { .. }) => {
                    tracing::warn!(lead_id = %id, job_id = %self.job(), "a lead is kept busy by others");
                    let detail = "Others kept writing the lead. Order the same for it once more.".to_owned();
                    return Ok(BulkOutcome::Failed { code: "contended".to_owned(), detail });
                }
                None => return Err(error),
            }
        }
    }

    /// Changes the lead, if it is still as it was read.
    async fn try_once(&self, lead: &Lead) -> Result<Tried, LineUpError> {
        let Work { app, job, turn, .. } = self.work;
        if lead.was_changed_by(job.id) {
            return Ok(Tried::Is(became(&job.action, lead, done_by(lead, job.id))));
        }
        let now = turn.now();
        let spoken = if job.action.asks_what_was_said() {
            app.store.spoken(lead, &app.identity).await?
        } else {
            Spoken::default()
        };
        let Self { zone, reasons, responder, .. } = *self;
        let ordered = Ordered { job: job.id, by: &job.by, zone, reasons, spoken: &spoken, responder, now };
        let change = match job.action.plan(lead, &ordered) {
            Ok(change) => change,
            Err(refusal) => return Ok(Tried::Is(refusal.into())),
        };
        if job.dry_run {
            let planned = change.effect(lead).map(|moved| BulkOutcome::Changed { moved: moved.if_any() });
            return Ok(Tried::Is(planned.unwrap_or_else(BulkOutcome::from)));
        }
        let by = Actor::with_job(job.id);
        match app.store.carry_out(lead, change, &by, &app.identity, now).await? {
            Commit::Done(after) | Commit::Repeated(after) => {
                app.queue.send_follow_ups(Some(lead), &after, now, None).await;
                let moved = Effect::between(lead, &after).ok().and_then(Effect::if_any);
                Ok(Tried::Is(became(&job.action, &after, moved)))
            }
            Commit::Stale(Some(now)) => Ok(Tried::Changed(now)),
            Commit::Stale(None) => Ok(Tried::Is(gone())),
        }
    }

    /// What somebody has to mend must not keep the other leads from their change.
    fn broken(&self, id: LeadId, error: &Error) -> BulkOutcome {
        let error = error as &dyn std::error::Error;
        tracing::error!(lead_id = %id, job_id = %self.job(), error, "a lead cannot be changed");
        let detail =
            "The lead, or a record that it needs, cannot be read. Have it mended, and order the same for it once more.";
        BulkOutcome::Failed { code: "unreadable".to_owned(), detail: detail.to_owned() }
    }

    fn job(&self) -> BulkJobId {
        self.work.job.id
    }
}

/// What came of a try.
enum Tried {
    /// This became of the lead.
    Is(BulkOutcome),
    /// Others have written it; this is the lead now.
    Changed(Box<Lead>),
}

/// What became of a lead that was changed. One that was to be let go may have turned out to be a duplicate.
fn became(action: &Action, lead: &Lead, moved: Option<Effect>) -> BulkOutcome {
    let is_release = matches!(action, Action::Release(_));
    if is_release && matches!(lead.approval, Approval::Rejected { code: Rejection::Duplicate, .. }) {
        let detail = "Another lead has come with the same data; this one is turned away as its duplicate.".to_owned();
        return BulkOutcome::Skipped { code: "duplicate".to_owned(), detail };
    }
    BulkOutcome::Changed { moved }
}

fn gone() -> BulkOutcome {
    BulkOutcome::Skipped { code: "not_found".to_owned(), detail: "There is no such lead.".to_owned() }
}
