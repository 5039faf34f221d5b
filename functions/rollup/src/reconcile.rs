//! Reconciling: the leads of some days against what is booked of them, and all numbers that follow from that.
//!
//! The work is cut into units, which are done one after another, the newest first. One that fails is told and left, and the
//! next is gone on with. The runs of the schedule do the work of a day together; see `progress`.

mod accounts;
mod asked;
mod differences;
mod lead;
mod leads;
mod months;
mod numbers;
mod pace;
mod progress;
mod recount;
mod run;
mod unit;
mod views;
mod way;

use std::time::Duration;

use domain::time::utc_day;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use store::Error;

pub use self::{
    asked::{Asked, MAX_LEADS},
    pace::Pace,
    unit::Unit,
};
use self::{
    progress::Row,
    run::{End, Run, Walked},
    unit::Plan,
};
use crate::{App, tally};

/// A reconciliation ends well before the function's own time-out, so that it ends by itself.
pub const WITHIN: Duration = Duration::from_secs(840);
/// What happened within this time may still be on its way.
pub(crate) const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// What was found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Leads that were looked at.
    pub leads: usize,
    /// Events that were not booked, or not counted.
    pub missing: usize,
    /// Those of them that are now, and numbers that are right now: more may be than was told, as a number that differs makes
    /// all of its months be counted again.
    pub repaired: usize,
    /// Events that are booked otherwise than the lead says, and numbers that were not what they should be.
    pub differing: usize,
    /// Leads and units that could not be looked at, or not to their end.
    pub failed: usize,
    /// Rows that leads are found by, put again because that was asked for.
    pub finders: usize,
    /// Leads that came in so lately that they were not looked at: what happened to them may still be on its way.
    #[serde(default)]
    pub too_young: usize,
}

/// What a reconciliation has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// What was found; by all runs of the day, where they work together.
    #[serde(flatten)]
    pub findings: Findings,
    /// The first day of receipt, in the account's zone; of it and the days up to the last one the schedule looks at those whose
    /// turn it is, and at some older ones. None where leads were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// The time ran out before all was looked at.
    pub cut_short: bool,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Unit>,
}

/// Why a reconciliation ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// More leads were named than one run looks at.
    #[error("a run looks at {MAX_LEADS} leads that are named, no more")]
    TooManyLeads,
    /// The event is not one of ours.
    #[error("the event cannot be read: {0}")]
    Unclear(#[from] serde_json::Error),
    /// There is no day between them.
    #[error("{from} is after {to}")]
    Backwards {
        /// The first day that was asked for.
        from: Date,
        /// The last one.
        to: Date,
    },
    /// Only one of the two can be asked for.
    #[error("name leads or days, not both")]
    LeadsAndDays,
    /// So many units failed in a row that nothing else would come of the next.
    #[error("unit after unit failed; the run was given up")]
    GivenUp,
    /// Not even what is to be looked at can be read, or it cannot be kept how far the work is.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Compares what is booked with the leads, and all numbers with what is booked; books what is missing, and puts numbers right
/// that differ, for as long as the pace allows.
///
/// # Errors
/// See [`Failure`]; what was repaired until then stays so.
pub async fn reconcile(app: &App, asked: &Asked, now: Timestamp, pace: &Pace) -> Result<Reconciled, Failure> {
    let done =
        if asked.is_of_schedule() { scheduled(app, now, pace).await } else { on_demand(app, asked, now, pace).await };
    if let Err(failure) = &done {
        tracing::error!(error = failure as &dyn std::error::Error, "the reconciliation failed");
    }
    lambda::metrics::flush();
    done
}

/// The next piece of what is to be done today.
async fn scheduled(app: &App, now: Timestamp, pace: &Pace) -> Result<Reconciled, Failure> {
    let before = app.store.progress().await?;
    if let Some(done) = progress::done(before.as_ref(), utc_day(now)) {
        return Ok(done);
    }
    let run = Run::new(app, now, pace).await?;
    let mut row = Row::begin(&run, before);
    let plan = row.plan();
    let walked = run.walk(&plan, row.next().cloned(), Some(&mut row)).await?;
    let findings = row.findings(&walked);
    finished(walked, findings, Some(plan))
}

/// What somebody wants to know.
async fn on_demand(app: &App, asked: &Asked, now: Timestamp, pace: &Pace) -> Result<Reconciled, Failure> {
    let named = asked.named()?;
    let run = Run::new(app, now, pace).await?;
    let (walked, plan) = match named {
        Some(leads) => (run.named(leads, asked.finders).await, None),
        None => {
            let plan = asked.plan(run.today())?;
            (run.walk(&plan, asked.next.clone(), None).await?, Some(plan))
        }
    };
    let findings = walked.findings;
    finished(walked, findings, plan)
}

fn finished(walked: Walked, findings: Findings, plan: Option<Plan>) -> Result<Reconciled, Failure> {
    let Walked { findings: now_found, next, end } = walked;
    tally::reconciled(&now_found);
    let (from, to) = plan.map(|plan| (plan.from, plan.to)).unzip();
    match end {
        End::GivenUp => Err(Failure::GivenUp),
        End::Open | End::CutShort | End::Done => {
            Ok(Reconciled { findings, from, to, cut_short: end != End::Done, next })
        }
    }
}

impl Findings {
    fn and(&mut self, other: &Self) {
        self.leads += other.leads;
        self.missing += other.missing;
        self.repaired += other.repaired;
        self.differing += other.differing;
        self.failed += other.failed;
        self.finders += other.finders;
        self.too_young += other.too_young;
    }

    /// What is not found again by whoever looks once more.
    fn repairs(&self) -> Self {
        Self { missing: self.missing, repaired: self.repaired, ..Self::default() }
    }
}
