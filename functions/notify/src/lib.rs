#![doc = include_str!("../README.md")]

mod mail;
mod postback;
mod send;
mod tally;
mod webhook;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use dispatch::client::Client;
use domain::time::later;
use jiff::{SignedDuration, Timestamp};
use lambda::{
    StartError,
    aws::{Aws, warm},
};
use store::{Error, Mail, NotifyJob, Store, Work};

/// Messages of one invocation that are worked on at the same time: all of a batch, for they mostly wait for others.
const CONCURRENCY: usize = 10;
/// What cannot be read is mended by a person, or may be read by code that is still to come.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The way out to webhooks: the one of deliveries.
    pub client: Client,
    /// The way to the mail service.
    pub mail: Mail,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let (store, mail, client) = (aws.store()?, aws.mail()?, Client::from_env()?);
        warm(store.warm()).await;
        Ok(Self { store, client, mail })
    }
}

/// Does what each message of an event asks for; those that fail come again.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    lambda::batch::run(event, CONCURRENCY, |job, _| take_logged(app, job)).await
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(app: App) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(CONCURRENCY, |job, _| take_logged(&app, job)).await
}

async fn take_logged(app: &App, job: NotifyJob) -> Result<(), Error> {
    take(app, &job, lambda::now()).await
}

/// Closes a group and makes its notice, or sends a notice on the ways whose time has come. What is done already is not done again.
/// What something cannot be read for is told, and put off for an hour.
///
/// # Errors
/// The tables'; the same job may then be taken again.
pub async fn take(app: &App, job: &NotifyJob, now: Timestamp) -> Result<(), Error> {
    match do_next(app, job, now).await {
        Err(error @ (Error::Unreadable(_) | Error::Item(_))) => {
            let to = job.work.to().tag();
            tracing::error!(
                error = &error as &dyn std::error::Error,
                to,
                "it cannot be told, and is put off for an hour"
            );
            app.store.relist(job, Some(later(now, LOOK_AGAIN_AFTER))).await
        }
        Err(error @ (Error::Service { .. } | Error::Contended { .. } | Error::TooMuchToRead { .. })) => Err(error),
        Ok(()) => Ok(()),
    }
}

async fn do_next(app: &App, job: &NotifyJob, now: Timestamp) -> Result<(), Error> {
    match &job.work {
        Work::Close { to, kind, group } => match app.store.close_group(to, *kind, group, job.due).await? {
            // Nobody has to be asked again for it.
            Some(work) => Box::pin(take(app, &NotifyJob { due: job.due, work }, now)).await,
            None => Ok(()),
        },
        Work::Send { at, id, .. } => send::send_listed(app, job, (*at, id), now).await,
    }
}
