#![doc = include_str!("../README.md")]

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use dispatch::{
    client::Client,
    deliver::{DeliverError, Dispatcher, Draw},
};
use domain::address::Reach;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use store::DeliveryJob;

/// Messages of one invocation that are worked on at the same time: all of a batch, for they mostly wait for buyers.
const CONCURRENCY: usize = 10;

/// Reads the environment and builds the clients.
///
/// # Errors
/// Says what is missing.
pub async fn start() -> Result<Dispatcher, StartError> {
    let aws = Aws::load().await;
    let reach = if env::flag(env::ALLOW_LOOPBACK_BUYERS)? { Reach::LoopbackToo } else { Reach::PublicOnly };
    let runtime_api = env::optional(env::AWS_LAMBDA_RUNTIME_API)?;
    let client =
        Client::new(reach, runtime_api.as_deref()).map_err(|error| StartError::part("the buyers' client", error))?;
    let (store, queue) = (aws.store()?, aws.delivery_queue()?);
    warm(store.warm()).await;
    Ok(Dispatcher { store, queue, client })
}

/// Takes the next step of every delivery that an event names; those that fail come again.
pub async fn handle(dispatcher: &Dispatcher, event: SqsEvent) -> SqsBatchResponse {
    lambda::batch::run(event, CONCURRENCY, |job, _| take(dispatcher, job)).await
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(dispatcher: Dispatcher) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(CONCURRENCY, |job, _| take(&dispatcher, job)).await
}

async fn take(dispatcher: &Dispatcher, job: DeliveryJob) -> Result<(), DeliverError> {
    // The span of the message, so that each of its log lines says what it is about.
    let span = tracing::Span::current();
    span.record("lead_id", tracing::field::display(job.lead_id));
    span.record("did", tracing::field::display(&job.did));
    span.record("correlation_id", job.correlation_id.as_deref());
    let (now, attempt) = (lambda::now(), lambda::new_attempt_id());
    let draw = Draw { now, attempt, jitter_permille: lambda::jitter_permille() };
    dispatcher.deliver(&job, draw).await
}
