#![doc = include_str!("../README.md")]

mod begin;
mod decide;
mod dry_run;
mod end;
mod event;
mod find;
mod go_on;
mod inspect;
mod judge;
mod read;
mod source;
mod suppliers;
mod turn;
mod work;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use domain::lead::Actor;
use jiff::{SignedDuration, Timestamp};
use lambda::{
    StartError,
    aws::{Aws, warm},
    bucket_event, env,
};
use store::{
    DeliveryQueue, Identity, LineUpError, ReturnBucket, ReturnFileJob, ReturnFileWork, ReturnFilesQueue, Returning,
    Store,
};

pub use self::turn::Pace;
use self::turn::Turn;

/// A message of the queue.
pub type Message = bucket_event::Message<ReturnFileJob>;

/// How long a file is a worker's: longer than it can live, and shorter than a message is hidden that it did not live to the end of.
const HOLD: SignedDuration = SignedDuration::from_secs(330);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what stands for personal data.
    pub identity: Identity,
    /// The queue that leads go on by, when they are offered to others.
    pub queue: DeliveryQueue,
    /// Where files come in, and results go.
    pub return_bucket: ReturnBucket,
    /// The queue of this function itself.
    pub return_files_queue: ReturnFilesQueue,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, queue) = (aws.whole_store()?, aws.delivery_queue()?);
        let (return_bucket, return_files_queue) = (aws.return_bucket()?, aws.return_files_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), queue, return_bucket, return_files_queue })
    }

    /// What it takes to take sales back.
    fn returning<'a>(&'a self, by: &'a Actor, correlation_id: &'a str) -> Returning<'a> {
        Returning {
            store: &self.store,
            identity: &self.identity,
            queue: &self.queue,
            by: Some(by),
            correlation_id: Some(correlation_id),
        }
    }
}

/// Does what each message of an event asks for; those that fail come again.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    lambda::batch::run(event, 1, |message, _| take(app, message, lambda::now(), Pace::default())).await
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(app: App) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(1, |message, _| take(&app, message, lambda::now(), Pace::default())).await
}

/// Does what a message asks for, from `now` on; what is left when its time is over is handed on.
///
/// # Errors
/// Those of the tables, the bucket and the queues; then the message is to come again.
pub async fn take(app: &App, message: Message, now: Timestamp, pace: Pace) -> Result<(), LineUpError> {
    let turn = Turn::new(pace, pace.within, now);
    match message {
        Message::Test { .. } => Ok(()),
        Message::Job(ReturnFileJob { file, work: ReturnFileWork::Read }) => read::known(app, file, &turn).await,
        Message::Job(ReturnFileJob { file, work: ReturnFileWork::Decide }) => decide::decide(app, file, &turn).await,
        Message::Event { records } => {
            for record in &records {
                match event::Dropped::of(record, |bucket| app.return_bucket.is_called(bucket)) {
                    Some(dropped) => read::dropped(app, &dropped, &turn).await?,
                    None => tracing::info!("an object that is no return file"),
                }
            }
            Ok(())
        }
    }
}

/// Has somebody look at a file once another worker does not hold it any more. That one may have died, and this be its own message:
/// the hold is longer the later it was saved, and may outlast the time that the message was hidden.
async fn look_again(app: &App, job: ReturnFileJob, until: Timestamp, turn: &Turn) -> Result<(), LineUpError> {
    tracing::info!(file_id = %job.file, "another worker has the file");
    Ok(app.return_files_queue.send_later(&job, until.duration_since(turn.now())).await?)
}
