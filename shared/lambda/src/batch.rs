//! Queue functions: every message is handled on its own, and those that fail come back, alone.

use std::{convert::Infallible, error::Error, panic::AssertUnwindSafe};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{FutureExt, StreamExt, stream};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use tracing::{Instrument, field::Empty};

use crate::{metrics, start::chain};

/// What SQS says of a message, beside its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The message; the same at every receipt.
    pub message_id: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
}

/// Handles the messages of an event, at most `concurrency` at once. Messages that could not be read, failed or panicked are
/// logged, once, and reported, so that SQS brings them again or, after as many times as it is told, puts them aside.
pub async fn run<J, F, Fut, E>(event: SqsEvent, concurrency: usize, handle: F) -> SqsBatchResponse
where
    J: DeserializeOwned,
    F: Fn(J, Received) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let failed = stream::iter(event.records)
        .map(|message| handle_one(message, &handle))
        .buffer_unordered(concurrency.max(1))
        .filter_map(std::future::ready)
        .collect::<Vec<String>>()
        .await;
    let mut answer = SqsBatchResponse::default();
    answer.set_failures(failed);
    metrics::flush();
    answer
}

/// Answers events of a queue with [`run`] until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve<J, F, Fut, E>(concurrency: usize, handle: F) -> Result<(), lambda_runtime::Error>
where
    J: DeserializeOwned,
    F: Fn(J, Received) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Infallible>(run(event.payload, concurrency, handle).await)
    }))
    .await
}

/// The id of the message, if it failed.
async fn handle_one<J, F, Fut, E>(message: SqsMessage, handle: &F) -> Option<String>
where
    J: DeserializeOwned,
    F: Fn(J, Received) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    // Without an id nothing can be reported; an empty one makes SQS bring the whole batch again.
    let message_id = message.message_id.unwrap_or_default();
    let receive_count =
        message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    // Whoever knows what the message is about fills in the rest.
    let span =
        tracing::info_span!("message", message_id, receive_count, lead_id = Empty, did = Empty, correlation_id = Empty);
    let received = Received { message_id: message_id.clone(), receive_count };
    let body = message.body.unwrap_or_default();
    let handled = AssertUnwindSafe(read_and_handle(&body, received, handle)).catch_unwind().instrument(span).await;
    // A panic has been logged where it happened.
    if handled.unwrap_or(false) {
        return None;
    }
    ::metrics::counter!("message_failed").increment(1);
    Some(message_id)
}

/// Whether the message is done with. If not, it is said here why.
async fn read_and_handle<J, F, Fut, E>(body: &str, received: Received, handle: &F) -> bool
where
    J: DeserializeOwned,
    F: Fn(J, Received) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let job = match serde_json::from_str(body) {
        Ok(job) => job,
        Err(error) => {
            // Not its text: it may quote the body.
            tracing::error!(line = error.line(), column = error.column(), "the message cannot be read");
            return false;
        }
    };
    match handle(job, received).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(error = chain(error.into().as_ref()), "the message failed");
            false
        }
    }
}

#[cfg(test)]
mod tests;
