//! Reconciling: the leads of a period against what is booked of them, and that against the numbers of reports.

mod lead;
mod numbers;

use std::time::Duration;

use domain::{campaign::Campaign, time::later};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use serde::{Deserialize, Serialize};
use store::{Error, Identity, Store, SweepPage};
use tokio::time::Instant;

use self::{
    lead::{Counted, Found},
    numbers::Numbers,
};
use crate::tally;

/// A reconciliation ends well before the function's own time-out, so that it ends by itself.
pub const WITHIN: Duration = Duration::from_secs(840);
/// What happened within this time may still be on its way.
pub(crate) const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(15);
/// Days that are looked at unless others are asked for, today included: a return window and a half.
const DAYS: i32 = 45;
/// Leads that are looked at at the same time.
const CONCURRENCY: usize = 16;
/// Campaigns per read.
const PAGE: u16 = 100;

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of all hashes of personal data.
    pub identity: Identity,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let store = aws.whole_store()?;
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?) })
    }
}

/// Which days of receipt are asked for, in the account's zone. A schedule asks for none.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Asked {
    /// The first one; none: some weeks before the last one.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last one; none: today.
    #[serde(default)]
    pub to: Option<Date>,
}

/// What a reconciliation found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// Leads that were looked at.
    pub leads: usize,
    /// Events that were not booked, or not counted.
    pub missing: usize,
    /// Those of them that are now.
    pub repaired: usize,
    /// Events that are booked otherwise than the lead says, and numbers of reports that are not what is booked.
    pub differing: usize,
    /// The time ran out before all of them were looked at.
    pub cut_short: bool,
}

/// One reconciliation.
struct Run<'a> {
    app: &'a App,
    now: Timestamp,
    deadline: Instant,
    from: Date,
    to: Date,
    /// Leads that came in from then on.
    since: Timestamp,
    /// And before then.
    until: Timestamp,
    /// Days before this one are over, and their leads settled.
    settled_before: Date,
    counted: Counted,
}

/// Compares what is booked with the leads that came in on these days, books what is missing, and tells what differs, for as
/// long as `within` allows.
///
/// # Errors
/// The tables'; what was repaired until then stays so.
pub async fn reconcile(app: &App, asked: &Asked, now: Timestamp, within: Duration) -> Result<Reconciled, Error> {
    let deadline = Instant::now() + within;
    let mut reconciled = Reconciled::default();
    let done = async {
        let run = Run::new(app, asked, now, deadline, &app.store.zone().await?);
        run.campaigns(&mut reconciled).await
    };
    let failed = done.await.err();
    tally::reconciled(&reconciled, failed.as_ref());
    lambda::metrics::flush();
    failed.map_or(Ok(reconciled), Err)
}

impl<'a> Run<'a> {
    fn new(app: &'a App, asked: &Asked, now: Timestamp, deadline: Instant, zone: &TimeZone) -> Self {
        let settled = later(now, -SETTLED_AFTER);
        let to = asked.to.unwrap_or_else(|| zone.to_datetime(now).date());
        let from = asked.from.unwrap_or_else(|| to.checked_sub((DAYS - 1).days()).unwrap_or(to));
        let begin = |day: Date| day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |begin| begin.timestamp());
        let until = begin(to.tomorrow().unwrap_or(Date::MAX)).min(settled);
        let settled_before = zone.to_datetime(settled).date();
        Self { app, now, deadline, from, to, since: begin(from), until, settled_before, counted: Counted::default() }
    }

    async fn campaigns(&self, reconciled: &mut Reconciled) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.app.store.records::<Campaign>(PAGE, after.as_deref()).await?;
            for item in page.items {
                self.campaign(&item.record, reconciled).await?;
                if reconciled.cut_short {
                    return Ok(());
                }
            }
            let Some(last) = page.last else { return Ok(()) };
            after = Some(last);
        }
    }

    async fn campaign(&self, campaign: &Campaign, reconciled: &mut Reconciled) -> Result<(), Error> {
        let mut numbers = Numbers::begin(self, &campaign.campid).await?;
        for partition in Store::received_partitions(campaign, self.since, self.until) {
            let mut page = SweepPage::default();
            loop {
                if Instant::now() >= self.deadline {
                    reconciled.cut_short = true;
                    return Ok(());
                }
                page = self.app.store.received_leads(&partition, self.since, self.until, page).await?;
                let leads = self.app.store.leads(&page.ids).await?;
                let looked_at = stream::iter(leads.iter().map(|lead| self.lead(lead))).buffer_unordered(CONCURRENCY);
                for found in looked_at.try_collect::<Vec<Found>>().await? {
                    numbers.and(&found)?;
                    reconciled.and(&found);
                }
                if !page.has_more() {
                    break;
                }
            }
        }
        reconciled.differing += numbers.end(self, &campaign.campid).await?;
        Ok(())
    }
}

impl Reconciled {
    fn and(&mut self, found: &Found) {
        self.leads += 1;
        self.missing += found.missing;
        self.repaired += found.repaired;
        self.differing += found.differing;
    }
}
