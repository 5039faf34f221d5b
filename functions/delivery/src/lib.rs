#![doc = include_str!("../README.md")]

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use dispatch::{
    client::Client,
    deliver::{DeliverError, Dispatcher, Draw},
};
use domain::address::Reach;
use lambda::{StartError, aws::Aws, env};
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
    Ok(Dispatcher { store: aws.store()?, queue: aws.delivery_queue()?, client })
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
    let (now, attempt) = (lambda::now(), lambda::new_attempt_id());
    let draw = Draw { now, attempt, jitter_permille: lambda::jitter_permille() };
    dispatcher.deliver(&job, draw).await
}
