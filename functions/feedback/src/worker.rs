//! The other half: who sent a lead is told what became of it, and who got it that it is not taken back.

mod listener;
mod tell;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use dispatch::client::Client;
use jiff::Timestamp;
use lambda::{
    StartError,
    aws::{Aws, warm},
};
use store::{Error, FeedbackJob, Store};

/// Messages of one invocation that are worked on at the same time: all of a batch, for they mostly wait for others.
const CONCURRENCY: usize = 10;

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The way out: the one of deliveries.
    pub client: Client,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let (store, client) = (aws.store()?, Client::from_env()?);
        warm(store.warm()).await;
        Ok(Self { store, client })
    }
}

/// Does what each message of an event asks for; those that fail come again.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    lambda::batch::run(event, CONCURRENCY, |job, _| take_now(app, job)).await
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(app: App) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(CONCURRENCY, |job, _| take_now(&app, job)).await
}

async fn take_now(app: &App, job: FeedbackJob) -> Result<(), Error> {
    take(app, job, lambda::now()).await
}

/// Tells what is to be told of a lead, as far as its time has come. What was told is not told again.
///
/// # Errors
/// The tables'; the same job may then be taken again.
pub async fn take(app: &App, job: FeedbackJob, now: Timestamp) -> Result<(), Error> {
    tell::all(app, &job, now).await
}
