//! The function `delivery`: each message of the queue is one step of one lead at one delivery.

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use dispatch::deliver::{DeliverError, Dispatcher, Draw};
use lambda::{StartError, aws::Aws};
use store::DeliveryJob;

/// Messages of one invocation that are worked on at the same time: all of a batch, for they mostly wait for buyers.
const CONCURRENCY: usize = 10;

/// Reads the environment and builds the clients.
///
/// # Errors
/// Says what is missing.
pub async fn start() -> Result<Dispatcher, StartError> {
    Dispatcher::load(&Aws::load().await).await
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
