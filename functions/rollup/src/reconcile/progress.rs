//! The work of a day that the runs of the schedule do together: the first begins it, each goes on where the last one has
//! left it, and those after its end have nothing to do.
//!
//! How far it is stands in a row, which belongs to the run that has written it last. Whoever finds that another has taken the
//! row over ends: so of two runs at the same time one goes on, and what both have done does no harm.

use domain::time::utc_day;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Error, Progress, Store};
use tokio::time::Instant;

use super::{
    Findings, Pace, Reconciled,
    run::{End, Run, Walked},
    unit::{Plan, Unit, days_before},
};
use crate::tally;

/// How far the work of a day is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Work {
    /// The day, UTC: each has one.
    day: Date,
    /// The first day that is looked at, in the account's zone.
    from: Date,
    /// The last one.
    to: Date,
    /// What is looked at next; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Unit>,
    /// Whether there is nothing left.
    done: bool,
    /// What was found so far.
    found: Findings,
}

/// The row, as it is held by a run.
pub(super) struct Row<'a> {
    store: &'a Store,
    before: String,
    saved_at: Option<Instant>,
    progress: Progress<Work>,
}

/// What this day's work has come to, if it is done.
pub(super) fn done(progress: Option<&Progress<Work>>, today: Date) -> Option<Reconciled> {
    let work = progress.map(|progress| &progress.at).filter(|work| work.done && work.day == today)?;
    Some(Reconciled { findings: work.found, from: Some(work.from), to: Some(work.to), ..Reconciled::default() })
}

impl<'a> Row<'a> {
    /// The work of today, where the last run has left it. What is left of an earlier day is left for good.
    pub(super) fn begin(run: &Run<'a>, before: Option<Progress<Work>>) -> Self {
        let today = utc_day(run.now());
        let (run_before, last) = before.map(|Progress { run, at }| (run, at)).unzip();
        let work = match last {
            Some(work) if work.day == today => work,
            last => {
                let mut found = Findings::default();
                if let Some(Work { day, next, .. }) = last.filter(|last| !last.done) {
                    tally::unfinished(day, next.as_ref());
                    found.failed = 1;
                }
                let (from, to) = (days_before(run.today()), run.today());
                Work { day: today, from, to, next: None, done: false, found }
            }
        };
        let progress = Progress { run: lambda::new_draw().to_string(), at: work };
        Self { store: &run.app.store, before: run_before.unwrap_or_default(), saved_at: None, progress }
    }

    pub(super) fn plan(&self) -> Plan {
        let Work { from, to, day, .. } = self.progress.at;
        Plan { from, to, turn_of: Some(day), finders: false }
    }

    /// Where this run begins; none: at the beginning.
    pub(super) fn next(&self) -> Option<&Unit> {
        self.progress.at.next.as_ref()
    }

    /// What was found before this run and in it.
    pub(super) fn findings(&self, walked: &Walked) -> Findings {
        let mut found = self.progress.at.found;
        found.and(&walked.findings);
        found
    }

    /// Whether it was written down long ago, or never by this run.
    pub(super) fn is_old(&self, pace: &Pace) -> bool {
        self.saved_at.is_none_or(|saved_at| saved_at.elapsed() >= pace.saved_every)
    }

    /// Writes down how far the run is, and says whether the row is still its own.
    pub(super) async fn save(&mut self, walked: &Walked) -> Result<bool, Error> {
        let at = Work {
            next: walked.next.clone(),
            done: walked.end != End::Open && walked.next.is_none(),
            found: self.findings(walked),
            ..self.progress.at.clone()
        };
        let written = Progress { run: self.progress.run.clone(), at };
        let is_own = self.store.save_progress(&written, &self.before).await?;
        if is_own {
            self.saved_at = Some(Instant::now());
        }
        Ok(is_own)
    }
}
