#![doc = include_str!("../README.md")]

mod consent;
mod join;
mod mail;
mod send;
mod sms;
mod tally;
mod turns;
mod unsubscribe;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use dispatch::client::Client;
use jiff::Timestamp;
use lambda::{
    Clock, StartError,
    aws::{Aws, warm},
    env,
};
use store::{Error, Identity, Mail, ResponderJob, Store};

/// Messages of one invocation that are worked on at the same time: all of a batch, for they mostly wait for others.
const CONCURRENCY: usize = 10;

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The way out to the gateways of text messages: the one of deliveries.
    pub client: Client,
    /// The way to the mail service.
    pub mail: Mail,
    /// The key of all hashes of personal data, and of the tokens by which people unsubscribe.
    pub identity: Identity,
    /// Where the API answers, as people reach it; without a slash at its end.
    pub public_url: String,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let (secret, public_url) = (env::required(env::IDENTITY_SECRET_ARN)?, env::url(env::PUBLIC_URL)?);
        let (store, mail, client) = (aws.store()?, aws.mail()?, Client::from_env()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, client, mail, identity: Identity::new(secret?), public_url })
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

async fn take_now(app: &App, job: ResponderJob) -> Result<(), Error> {
    take(app, &job, lambda::now()).await
}

/// Has a lead join, or takes its next steps, as far as their time has come. What is done already is not done again.
///
/// # Errors
/// The tables'; the same job may then be taken again.
pub async fn take(app: &App, job: &ResponderJob, now: Timestamp) -> Result<(), Error> {
    let clock = Clock::starting(now);
    let enrolment = match job {
        ResponderJob::Join { lead, rid } => join::on_approval(app, *lead, rid, clock).await?,
        ResponderJob::Next { lead, rid, number } => join::found(app, *lead, rid, *number, clock).await?,
    };
    match enrolment {
        Some(enrolment) => Box::pin(turns::take(app, enrolment, clock)).await,
        None => Ok(()),
    }
}
