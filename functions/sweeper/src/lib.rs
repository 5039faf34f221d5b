#![doc = include_str!("../README.md")]

use std::time::Duration;

use domain::lead::{Lead, WATCH_AFTER};
use jiff::{SignedDuration, Timestamp};
use lambda::{StartError, aws::Aws};
use serde::Serialize;
use store::{Commit, DeliveryJob, DeliveryQueue, Error, Store, SweepPage};
use tokio::time::{Instant, timeout_at};

/// A sweep ends well before the function's own time-out, so that it ends by itself.
pub const WITHIN: Duration = Duration::from_secs(45);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The delivery queue.
    pub queue: DeliveryQueue,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        Ok(Self { store: aws.store()?, queue: aws.delivery_queue()? })
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Leads that were looked at.
    pub looked_at: usize,
    /// Leads that were stuck.
    pub stuck: usize,
    /// Messages that were sent for them.
    pub messages: usize,
    /// The time ran out before all of them were looked at; the next sweep begins with the oldest again.
    pub cut_short: bool,
}

/// Where stuck leads are found.
enum Place {
    Open(String),
    Due(String),
}

/// Sends the messages that were lost and those whose time has come, for as long as `within` allows.
///
/// # Errors
/// The tables' and the queue's; the next sweep takes up what this one left.
pub async fn sweep(app: &App, now: Timestamp, within: Duration) -> Result<Swept, Error> {
    let deadline = Instant::now() + within;
    let due = Store::due_partitions().into_iter().map(Place::Due);
    let open = Store::open_partitions(now).into_iter().map(Place::Open);
    let mut swept = Swept::default();
    for place in due.chain(open) {
        let mut page = SweepPage::default();
        loop {
            if Instant::now() >= deadline {
                swept.cut_short = true;
                break;
            }
            page = next_page(app, &place, now, page).await?;
            // Cut off between two leads at the latest by the deadline; a lead that is half done is found again.
            match timeout_at(deadline, sweep_page(app, &page, now, &mut swept)).await {
                Ok(done) => done?,
                Err(_) => swept.cut_short = true,
            }
            if !page.has_more() {
                break;
            }
        }
    }
    tracing::info!(
        looked_at = swept.looked_at,
        stuck = swept.stuck,
        messages = swept.messages,
        cut_short = swept.cut_short,
        "swept"
    );
    Ok(swept)
}

async fn next_page(app: &App, place: &Place, now: Timestamp, page: SweepPage) -> Result<SweepPage, Error> {
    match place {
        Place::Due(partition) => app.store.due_leads(partition, now, page).await,
        Place::Open(partition) => {
            let before = now.checked_sub(WATCH_AFTER).unwrap_or(Timestamp::MIN);
            app.store.open_leads(partition, before, page).await
        }
    }
}

async fn sweep_page(app: &App, page: &SweepPage, now: Timestamp, swept: &mut Swept) -> Result<(), Error> {
    let leads = app.store.leads(&page.ids).await?;
    swept.looked_at += leads.len();
    for lead in leads {
        let sent = help(app, &lead, now).await?;
        swept.stuck += usize::from(sent > 0);
        swept.messages += sent;
    }
    Ok(())
}

/// Sends a stuck lead's messages, and notes it first, so that the next sweep is more patient with it.
async fn help(app: &App, lead: &Lead, now: Timestamp) -> Result<usize, Error> {
    let stuck = lead.stuck(now);
    if stuck.is_empty() {
        return Ok(0);
    }
    match app.store.commit(lead, &lead.on_swept(now)).await? {
        Commit::Done(_) => {}
        // It has just been written by others, so it is not stuck.
        Commit::Stale(_) => return Ok(0),
    }
    let jobs: Vec<DeliveryJob> = stuck
        .into_iter()
        .map(|(did, round)| DeliveryJob { lead_id: lead.id, did, round, correlation_id: None })
        .collect();
    app.queue.send(&jobs, SignedDuration::ZERO).await?;
    tracing::warn!(lead_id = %lead.id, messages = jobs.len(), "lead was stuck");
    Ok(jobs.len())
}
