#![doc = include_str!("../README.md")]

mod deletions;
mod feedback;
mod notices;
mod quarantine;
mod reservations;
mod responders;
mod returns;
mod tally;

use std::time::Duration;

use domain::lead::{Lead, WATCH_AFTER};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use serde::Serialize;
use store::{
    Commit, DeliveryJob, DeliveryQueue, Error, FeedbackQueue, Identity, NotifyQueue, ResponderQueue, Store, SweepPage,
};
use tokio::time::{Instant, timeout_at};

pub use self::reservations::Capped;

/// A sweep ends well before the function's own time-out, so that it ends by itself.
pub const WITHIN: Duration = Duration::from_secs(45);

/// Leads that are helped at the same time.
const CONCURRENCY: usize = 16;

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The delivery queue.
    pub queue: DeliveryQueue,
    /// The queue of what is to be told.
    pub notify_queue: NotifyQueue,
    /// The queue of responders.
    pub responder_queue: ResponderQueue,
    /// The queue of what is told to who sent leads.
    pub feedback_queue: FeedbackQueue,
    /// The key of all hashes of personal data.
    pub identity: Identity,
    /// Who has caps; nothing to begin with.
    pub capped: Capped,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, queue, notify_queue) = (aws.store()?, aws.delivery_queue()?, aws.notify_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        let (responder_queue, feedback_queue) = (aws.responder_queue()?, aws.feedback_queue()?);
        let (identity, capped) = (Identity::new(secret?), Capped::default());
        Ok(Self { store, queue, notify_queue, responder_queue, feedback_queue, identity, capped })
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
    /// Places under caps that were left behind, and are settled.
    pub settled: usize,
    /// Groups and notices whose time has come, and for which messages were sent.
    pub notices: usize,
    /// Steps of responders whose time has come, and for which messages were sent.
    pub steps: usize,
    /// Leads whose senders are to be told something again, and for which messages were sent.
    pub feedback: usize,
    /// The time ran out before all of them were looked at.
    pub cut_short: bool,
}

/// Where stuck leads are found.
enum StuckList {
    Open(String),
    Due(String),
}

impl StuckList {
    fn name(&self) -> &str {
        match self {
            Self::Open(partition) | Self::Due(partition) => partition,
        }
    }
}

/// One sweep.
struct Sweep<'a> {
    app: &'a App,
    now: Timestamp,
    /// What its messages and their log lines have in common.
    correlation_id: String,
}

/// Settles what was left behind, ends what is over, and sends the messages that were lost and those whose time has come, for
/// as long as `within` allows.
///
/// # Errors
/// The tables' and the queue's; the next sweep takes up what this one left.
pub async fn sweep(app: &App, now: Timestamp, within: Duration) -> Result<Swept, Error> {
    let started = Instant::now();
    let sweep = Sweep { app, now, correlation_id: format!("sweep-{}", now.as_millisecond()) };
    let (swept, failed) = sweep.all(started + within).await;
    tally::sweep(started.elapsed(), swept, failed.as_ref(), &sweep.correlation_id);
    lambda::metrics::flush();
    failed.map_or(Ok(swept), Err)
}

impl Sweep<'_> {
    /// Goes through every list. What fails does not keep the rest from being swept; the last failure is told in the end.
    async fn all(&self, deadline: Instant) -> (Swept, Option<Error>) {
        let due = Store::due_partitions().into_iter().map(StuckList::Due);
        let open = Store::open_partitions(self.now).into_iter().map(StuckList::Open);
        let mut swept = Swept::default();
        let mut failed = None;
        // First, as it is little, and must not wait behind a backlog.
        match timeout_at(deadline, self.settle_reservations(&mut swept)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(error = %error, "not all that was left behind is known to be settled");
                failed = Some(error);
            }
            Err(_) => swept.cut_short = true,
        }
        match timeout_at(deadline, self.wake_notices(&mut swept)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "not all that is to be told is known to be asked for"
                );
                failed = Some(error);
            }
            Err(_) => swept.cut_short = true,
        }
        match timeout_at(deadline, self.wake_responders(&mut swept)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let told = &error as &dyn std::error::Error;
                tracing::error!(error = told, "not all steps of responders are known to be asked for");
                failed = Some(error);
            }
            Err(_) => swept.cut_short = true,
        }
        match timeout_at(deadline, self.wake_feedback(&mut swept)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let told = &error as &dyn std::error::Error;
                tracing::error!(error = told, "not all feedback is known to be asked for");
                failed = Some(error);
            }
            Err(_) => swept.cut_short = true,
        }
        for list in due.chain(open) {
            if let Err(error) = self.sweep_list(&list, deadline, &mut swept).await {
                tracing::error!(place = list.name(), error = %error, "a place was not swept");
                failed = Some(error);
            }
        }
        (swept, failed)
    }

    async fn sweep_list(&self, list: &StuckList, deadline: Instant, swept: &mut Swept) -> Result<(), Error> {
        let mut page = SweepPage::default();
        let mut failed = None;
        loop {
            if Instant::now() >= deadline {
                swept.cut_short = true;
                break;
            }
            page = self.next_page(list, page).await?;
            // Cut off anywhere at the latest by the deadline; a lead that is half done is found again.
            match timeout_at(deadline, self.page(list, &page, swept)).await {
                Ok(Ok(())) => {}
                // One lead that cannot be helped must not hide those behind it.
                Ok(Err(error)) => failed = Some(error),
                Err(_) => swept.cut_short = true,
            }
            if !page.has_more() {
                break;
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn next_page(&self, list: &StuckList, page: SweepPage) -> Result<SweepPage, Error> {
        match list {
            StuckList::Due(partition) => self.app.store.due_leads(partition, self.now, page).await,
            StuckList::Open(partition) => {
                let before = self.now.checked_sub(WATCH_AFTER).unwrap_or(Timestamp::MIN);
                // Leads that wait for somebody stay here for days. Should they ever be too many for one sweep, every
                // other sweep begins with the newest, so that both ends are reached.
                let newest_first = self.now.as_second() / 60 % 2 == 1;
                self.app.store.open_leads(partition, before, newest_first, page).await
            }
        }
    }

    async fn page(&self, list: &StuckList, page: &SweepPage, swept: &mut Swept) -> Result<(), Error> {
        let (leads, unreadable) = self.app.store.leads(&page.ids).await?;
        swept.looked_at += leads.len();
        let mut helped = stream::iter(leads.iter().map(|lead| self.help(list, lead))).buffer_unordered(CONCURRENCY);
        let mut failed = unreadable.into_iter().next().map(Error::from);
        while let Some(sent) = helped.next().await {
            match sent {
                Ok(sent) => {
                    swept.stuck += usize::from(sent > 0);
                    swept.messages += sent;
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Sends a stuck lead's messages, and notes it first, so that the next sweep is more patient with it.
    async fn help(&self, list: &StuckList, lead: &Lead) -> Result<usize, Error> {
        if self.goes_on_deleting(lead).await? {
            return Ok(0);
        }
        if self.is_over(lead) {
            return self.end_quarantine(lead).await;
        }
        if self.approve_returns(lead).await? > 0 {
            // The lead is another one by now, and is looked at again in a minute.
            return Ok(0);
        }
        let stuck = lead.stuck(self.now);
        if stuck.is_empty() {
            return Ok(0);
        }
        match self.app.store.commit(lead, &lead.on_swept(self.now), &self.app.identity).await? {
            Commit::Done(_) | Commit::Repeated(_) => {}
            // It has just been written by others, so it is not stuck.
            Commit::Stale(_) => return Ok(0),
        }
        let job = |(did, delivery)| DeliveryJob::of(lead, did, delivery, Some(&self.correlation_id));
        let jobs: Vec<DeliveryJob> = stuck.into_iter().map(job).collect();
        self.app.queue.send(&jobs, SignedDuration::ZERO).await?;
        tally::found(list, lead, jobs.len(), &self.correlation_id);
        Ok(jobs.len())
    }
}
