//! A job in a worker's hands, and how far it is; the row knows that at times.

use domain::time::later;
use lambda::search_form::SearchForm;
use store::{BulkJob, BulkJobState, BulkMessage, BulkOutcome, Error, Wanted};
use tokio::time::Instant;

use super::{App, HOLD, turn::Turn};

/// A job in a worker's hands.
pub(super) struct Work<'a> {
    pub(super) app: &'a App,
    pub(super) turn: Turn,
    /// As it is by now.
    pub(super) job: BulkJob,
    /// As it was written last.
    kept: BulkJob,
    saved: Instant,
}

impl<'a> Work<'a> {
    pub(super) fn new(app: &'a App, turn: Turn, job: BulkJob) -> Self {
        Self { app, turn, kept: job.clone(), job, saved: Instant::now() }
    }

    /// Counts what became of the leads of the next row.
    pub(super) fn count(&mut self, outcomes: &[BulkOutcome]) {
        for outcome in outcomes {
            if let Err(error) = self.job.tally.add(outcome) {
                tracing::error!(job_id = %self.job.id, code = error.code(), "what a job moves cannot be added up");
            }
        }
        self.job.chunks_done += 1;
    }

    /// At times notes how far the job is, and learns whether it is to stop. False: it has stopped, or is somebody else's by now, and nothing may
    /// be done any more.
    pub(super) async fn keep(&mut self) -> Result<bool, Error> {
        if !self.is_due() {
            return Ok(true);
        }
        self.checkpoint().await
    }

    /// Whether it is time to note how far the job is.
    pub(super) fn is_due(&self) -> bool {
        self.saved.elapsed() >= self.turn.pace.saved_every || self.job.cancelled
    }

    /// The same at once.
    pub(super) async fn checkpoint(&mut self) -> Result<bool, Error> {
        if !self.save(true).await? {
            return Ok(false);
        }
        if self.job.cancelled {
            self.close(BulkJobState::Cancelled).await?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Leaves the job to whoever comes next.
    pub(super) async fn let_go(&mut self) -> Result<(), Error> {
        self.save(false).await.map(drop)
    }

    /// Notes how far the job is, lets go of it, and asks for somebody who goes on.
    pub(super) async fn hand_on(&mut self) -> Result<(), Error> {
        if self.save(false).await? {
            self.app.bulk_queue.send(&BulkMessage { job: self.job.id }).await?;
        }
        Ok(())
    }

    /// Forgets what was searched for, once all leads are written down: it may name a person, and is kept longer than that person's leads may be.
    pub(super) fn forget_texts(&mut self) {
        if let Wanted::Search { query, asked } = &mut self.job.wanted {
            **query = query.as_ref().clone().without_texts();
            *asked = SearchForm::without_texts(asked.take());
        }
    }

    /// The job at its end.
    pub(super) async fn close(&mut self, state: BulkJobState) -> Result<(), Error> {
        self.forget_texts();
        self.job.person.clear();
        self.job.action = self.job.action.clone().without_texts();
        (self.job.state, self.job.ended_at) = (state, Some(self.turn.now()));
        if self.save(false).await? {
            let (changed, skipped, failed) = (self.job.tally.changed, self.job.tally.skipped, self.job.tally.failed);
            let state = self.job.state.word();
            tracing::info!(job_id = %self.job.id, state, changed, skipped, failed, "a bulk job has ended");
        }
        Ok(())
    }

    /// Whoever calls the job off writes its row, too; anybody else who does has the job by now.
    async fn save(&mut self, holds_on: bool) -> Result<bool, Error> {
        let now = self.turn.now();
        self.job.lease_until = holds_on.then(|| later(now, HOLD));
        self.job.updated = now;
        loop {
            if let Some(saved) = self.app.store.save_bulk_job(&self.kept, self.job.clone()).await? {
                (self.kept, self.job, self.saved) = (saved.clone(), saved, Instant::now());
                return Ok(true);
            }
            let there = self.app.store.bulk_job(self.job.id).await?;
            let Some(there) = there.filter(|there| there.holder == self.job.holder && !there.state.is_over()) else {
                return Ok(false);
            };
            if !there.cancelled || self.job.cancelled {
                return Ok(false);
            }
            (self.job.cancelled, self.kept) = (true, there);
        }
    }
}
