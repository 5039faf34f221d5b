#![doc = include_str!("../README.md")]

mod feedback;
mod joins;
pub mod reconcile;
mod stream;
mod tally;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::{
    finder::{Finder, finders},
    history::steps,
    id::LeadId,
    journal::{Event, news},
    notice::{Told, told},
};
use futures::StreamExt;
use jiff::Timestamp;
use lambda::{
    StartError,
    aws::{Aws, warm},
};
use secrecy::SecretString;
use store::{Booked, DoneToLead, Error, FeedbackJob, FeedbackQueue, Identity, ResponderQueue, Store};

pub use self::stream::{Answer, StreamEvent};
use self::{joins::Joins, stream::Change};

/// Leads whose history is written at the same time.
const CONCURRENCY: usize = 16;

/// What either function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of all hashes of personal data.
    pub identity: Identity,
    /// The queue of responders; none: who only compares lets nobody join any.
    pub responder_queue: Option<ResponderQueue>,
    /// The queue of what is told to who sent leads; none: who only compares tells nobody.
    pub feedback_queue: Option<FeedbackQueue>,
}

impl App {
    /// Over these tables, with the secret of the installation once it is read.
    ///
    /// # Errors
    /// Says why the secret cannot be read.
    pub async fn start(
        store: Store,
        secret: impl Future<Output = Result<SecretString, StartError>>,
    ) -> Result<Self, StartError> {
        let (secret, ()) = tokio::join!(secret, warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), responder_queue: None, feedback_queue: None })
    }

    /// The same, with leads joining responders and their senders being told by the queues that the environment names.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn asking(self, aws: &Aws) -> Result<Self, StartError> {
        let (responder_queue, feedback_queue) = (Some(aws.responder_queue()?), Some(aws.feedback_queue()?));
        Ok(Self { responder_queue, feedback_queue, ..self })
    }
}

/// What the changes of a batch come to.
#[derive(Debug, Default)]
struct News {
    events: Vec<(LeadId, Event)>,
    finders: Vec<Finder>,
    told: Vec<Told>,
    histories: BTreeMap<LeadId, Vec<DoneToLead>>,
    joins: Vec<Joins>,
    feedback: Vec<FeedbackJob>,
}

/// Books what some changes of leads come to, together. Those that cannot be read are reported, alone; when a table fails, all
/// are. What is reported comes again, and what is booked again changes nothing.
pub async fn handle(app: &App, event: StreamEvent, now: Timestamp) -> Answer {
    let records = event.records();
    let (mut news, mut unread) = (News::default(), Vec::new());
    for record in &records {
        match record.change().map_err(Unbookable::from).and_then(|changed| News::of(changed.as_ref(), record.at)) {
            Ok(of) => news.extend(of),
            Err(why) => {
                tally::unbookable(record, &why);
                unread.push(record.sequence_number.clone());
            }
        }
    }
    let booked = write(app, news, now).await;
    tally::batch(&records, unread.len(), booked.as_ref(), now);
    lambda::metrics::flush();
    match booked {
        Ok(_) => Answer::failing(unread),
        Err(_) => Answer::failing(records.into_iter().map(|record| record.sequence_number).collect()),
    }
}

async fn write(app: &App, news: News, now: Timestamp) -> Result<Booked, Error> {
    // First, as whatever is booked is not looked at again, and these can be put as often as it takes.
    app.store.put_finders(&news.finders, &app.identity).await?;
    let booked = app.store.book(news.events, lambda::new_draw(), now).await?;
    // Last, as money does not wait for it; what is told or written down again is so once.
    app.store.tell(news.told, lambda::new_draw(), now).await?;
    let histories = news.histories.iter().map(|(lead, done)| app.store.append_history(*lead, done, &app.identity));
    // All of them are tried: that one cannot be written must not keep the others out, which nobody could write later.
    let written: Vec<Result<usize, Error>> =
        futures::stream::iter(histories).buffer_unordered(CONCURRENCY).collect().await;
    written.into_iter().collect::<Result<Vec<_>, _>>()?;
    joins::send(app, news.joins).await?;
    feedback::send(app, news.feedback).await?;
    Ok(booked)
}

/// Why a change cannot be booked. Neither text quotes the lead.
#[derive(Debug, thiserror::Error)]
enum Unbookable {
    #[error("the record is no change of a lead, or the lead cannot be read")]
    Unread,
    #[error(transparent)]
    Money(#[from] domain::money::MoneyError),
}

impl From<stream::Unread> for Unbookable {
    fn from(_: stream::Unread) -> Self {
        Self::Unread
    }
}

impl News {
    fn of(change: Option<&Change>, written_at: Option<Timestamp>) -> Result<Self, Unbookable> {
        let Some(change @ Change { before, after }) = change else { return Ok(Self::default()) };
        let events = news(before.as_ref(), after)?.into_iter().map(|event| (after.id, event)).collect();
        Ok(Self {
            events,
            finders: finders(before.as_ref(), after),
            told: told(before.as_ref(), after),
            histories: done(change, written_at).map(|done| (after.id, vec![done])).into_iter().collect(),
            joins: Joins::of(before.as_ref(), after),
            feedback: feedback::of(before.as_ref(), after)?,
        })
    }

    fn extend(&mut self, other: Self) {
        self.events.extend(other.events);
        self.finders.extend(other.finders);
        self.told.extend(other.told);
        self.joins.extend(other.joins);
        self.feedback.extend(other.feedback);
        for (lead, done) in other.histories {
            self.histories.entry(lead).or_default().extend(done);
        }
    }
}

/// What a change leaves in the lead's history; none: nothing.
fn done(Change { before, after }: &Change, written_at: Option<Timestamp>) -> Option<DoneToLead> {
    let steps = steps(before.as_ref(), after).into_iter();
    let steps: Vec<_> = steps.map(|step| written_at.map_or(step.clone(), |at| step.written_at(at))).collect();
    (!steps.is_empty()).then(|| DoneToLead { version: after.version, by: after.last_touch().cloned(), steps })
}
