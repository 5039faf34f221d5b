//! A run: goes from unit to unit, for as long as there is time, and says where it was left.

use domain::{campaign::Campaign, id::CampaignRef, time::later};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use store::{Error, Party};
use tokio::{
    sync::{Mutex, OnceCell},
    time::Instant,
};

use super::{
    Findings, Pace,
    lead::Counted,
    numbers::Reported,
    progress::Row,
    unit::{Plan, Unit},
    way::Way,
};
use crate::App;

/// Records per read.
pub(super) const PAGE: u16 = 100;

/// What a run works with.
pub(super) struct Run<'a> {
    pub(super) app: &'a App,
    now: Timestamp,
    begun: Instant,
    pub(super) pace: &'a Pace,
    zone: TimeZone,
    /// In the order of their references.
    pub(super) campaigns: Vec<Campaign>,
    /// How many more there are that cannot be read; what came in for them is not looked at.
    unreadable: usize,
    pub(super) counted: Counted,
    pub(super) reported: Mutex<Option<Reported>>,
    pub(super) parties: OnceCell<Vec<Party>>,
}

/// Why a unit was not looked at to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The run is over.
    TimeIsUp,
    /// It cannot be.
    Failed(Error),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// It goes on.
    #[default]
    Open,
    /// All was looked at.
    Done,
    /// The time ran out, or another run has taken over.
    CutShort,
    /// Too much failed in a row.
    GivenUp,
}

/// How far a run is.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    pub(super) findings: Findings,
    /// The next unit; none: the first one, or behind the last one.
    pub(super) next: Option<Unit>,
    pub(super) end: End,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Run<'a> {
    /// A run over what is set up now.
    ///
    /// # Errors
    /// The table's.
    pub(super) async fn new(app: &'a App, now: Timestamp, pace: &'a Pace) -> Result<Self, Error> {
        let (mut campaigns, mut unreadable, mut after) = (Vec::new(), 0, None);
        loop {
            let page = app.store.records::<Campaign>(PAGE, after.as_deref()).await?;
            campaigns.extend(page.items.into_iter().map(|item| item.record));
            unreadable += page.unreadable.len();
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        campaigns.sort_by(|one, other| one.campid.cmp(&other.campid));
        let zone = app.store.zone().await?;
        let (counted, reported, parties) = (Counted::default(), Mutex::default(), OnceCell::new());
        let begun = Instant::now();
        Ok(Self { app, now, begun, pace, zone, campaigns, unreadable, counted, reported, parties })
    }

    /// The present time: a run is long.
    pub(super) fn now(&self) -> Timestamp {
        later(self.now, SignedDuration::try_from(self.begun.elapsed()).unwrap_or_default())
    }

    /// The day of an instant in the account's zone.
    pub(super) fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// When the first of these days begins, and when the last one is over.
    pub(super) fn bounds(&self, from: Date, to: Date) -> (Timestamp, Timestamp) {
        let begin = |day: Date| day.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |begin| begin.timestamp());
        (begin(from), begin(to.saturating_add(1.day())))
    }

    pub(super) fn today(&self) -> Date {
        self.day(self.now())
    }

    /// Fails when the time is up.
    pub(super) fn goes_on(&self) -> Result<(), Stop> {
        if self.pace.has_time() { Ok(()) } else { Err(Stop::TimeIsUp) }
    }

    /// Goes through the units of a plan from `start` on, and writes down in the row how far it is.
    ///
    /// # Errors
    /// The row's table's, at the beginning and in the end.
    pub(super) async fn walk(
        &self,
        plan: &Plan,
        start: Option<Unit>,
        mut row: Option<&mut Row<'_>>,
    ) -> Result<Walked, Error> {
        let mut walked = Walked { next: start.clone(), ..Walked::default() };
        // Told once for all runs that go through the plan together.
        if start.is_none() {
            walked.findings.failed += self.unreadable;
        }
        if !keep(&mut row, &walked).await? {
            walked.end = End::CutShort;
            return Ok(walked);
        }
        let mut units = plan.units(&self.campaigns, start.as_ref()).peekable();
        let mut way = Way::begin(units.peek().cloned());
        while walked.end == End::Open {
            let Some(unit) = units.next() else {
                (walked.next, walked.end) = (None, End::Done);
                break;
            };
            let mut found = Findings::default();
            let looked = match self.goes_on() {
                Ok(()) => self.look(plan, &unit, &mut found).await,
                Err(_) => {
                    (walked.next, walked.end) = (Some(unit), End::CutShort);
                    break;
                }
            };
            way.after(&mut walked, unit, units.peek().cloned(), &found, looked);
            if row.as_ref().is_some_and(|row| row.is_old(self.pace)) && !keep_trying(&mut row, &walked).await {
                walked.end = End::CutShort;
                return Ok(walked);
            }
        }
        tracing::info!(next = ?walked.next, end = ?walked.end, "the run is over");
        keep(&mut row, &walked).await?;
        Ok(walked)
    }

    async fn look(&self, plan: &Plan, unit: &Unit, found: &mut Findings) -> Result<(), Stop> {
        match unit {
            Unit::Leads { day, campid } => match self.campaign(campid) {
                Some(campaign) if plan.finders => self.finders_of(*day, campaign, found).await,
                Some(campaign) => self.leads(*day, campaign, found).await,
                None => Ok(()),
            },
            Unit::Accounts { day } => self.accounts(*day, found).await,
            Unit::Months { month } => self.months(*month, found).await,
            Unit::Views => self.views(found).await,
        }
    }

    fn campaign(&self, campid: &CampaignRef) -> Option<&Campaign> {
        let at = self.campaigns.binary_search_by(|campaign| campaign.campid.cmp(campid)).ok()?;
        self.campaigns.get(at)
    }
}

/// Writes down how far a run is, and says whether it may go on.
async fn keep(row: &mut Option<&mut Row<'_>>, walked: &Walked) -> Result<bool, Error> {
    match row {
        Some(row) => row.save(walked).await,
        None => Ok(true),
    }
}

/// The same on the way, where a failure can be made up for later.
async fn keep_trying(row: &mut Option<&mut Row<'_>>, walked: &Walked) -> bool {
    keep(row, walked).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "it could not be written down how far the run is");
        true
    })
}
