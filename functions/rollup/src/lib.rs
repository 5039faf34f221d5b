#![doc = include_str!("../README.md")]

pub mod reconcile;
mod stream;
mod tally;

#[cfg(test)]
mod tests;

use domain::{
    finder::{Finder, finders},
    id::LeadId,
    journal::{Event, news},
    notice::{Told, told},
};
use jiff::Timestamp;
use lambda::{StartError, aws::warm};
use secrecy::SecretString;
use store::{Booked, Error, Identity, Store};

use self::stream::Change;
pub use self::stream::{Answer, StreamEvent};

/// What either function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of all hashes of personal data.
    pub identity: Identity,
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
        Ok(Self { store, identity: Identity::new(secret?) })
    }
}

/// What the changes of a batch come to.
#[derive(Debug, Default)]
struct News {
    events: Vec<(LeadId, Event)>,
    finders: Vec<Finder>,
    told: Vec<Told>,
}

/// Books what some changes of leads come to, together. Those that cannot be read are reported, alone; when a table fails, all
/// are. What is reported comes again, and what is booked again changes nothing.
pub async fn handle(app: &App, event: StreamEvent, now: Timestamp) -> Answer {
    let records = event.records();
    let (mut news, mut unread) = (News::default(), Vec::new());
    for record in &records {
        match record.change().map_err(Unbookable::from).and_then(|changed| News::of(changed.as_ref())) {
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
    // Last, as money does not wait for it; what is told again is told once.
    app.store.tell(news.told, lambda::new_draw(), now).await?;
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
    fn of(change: Option<&Change>) -> Result<Self, Unbookable> {
        let Some(Change { before, after }) = change else { return Ok(Self::default()) };
        let events = news(before.as_ref(), after)?.into_iter().map(|event| (after.id, event)).collect();
        Ok(Self { events, finders: finders(before.as_ref(), after), told: told(before.as_ref(), after) })
    }

    fn extend(&mut self, other: Self) {
        self.events.extend(other.events);
        self.finders.extend(other.finders);
        self.told.extend(other.told);
    }
}
