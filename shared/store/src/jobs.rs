//! Messages that ask for something to be done, on their way into a queue: ten at once, and those that SQS refuses offered again.

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use futures::future::join_all;
use serde::Serialize;

use crate::Error;

/// SQS takes this many messages at once.
const BATCH: usize = 10;
/// How often the messages of a batch that SQS refused are offered again.
const TRIES: usize = 3;

/// A message.
pub(crate) trait Job: Serialize {
    /// Whose turn it is among the messages of the queue: who has many lets those of others go first.
    fn group(&self) -> String;
}

/// Sends messages, to be seen at once.
///
/// # Errors
/// The queue's; then some may have been sent.
pub(crate) async fn send(sqs: &Client, url: &str, jobs: &[impl Job]) -> Result<(), Error> {
    let batches: Vec<Vec<_>> = jobs
        .chunks(BATCH)
        .map(|batch| batch.iter().enumerate().map(|(at, job)| entry(at, job)).collect())
        .collect::<Result<_, _>>()?;
    join_all(batches.into_iter().map(|entries| send_batch(sqs, url, entries))).await.into_iter().collect()
}

async fn send_batch(sqs: &Client, url: &str, mut open: Vec<SendMessageBatchRequestEntry>) -> Result<(), Error> {
    for _ in 0..TRIES {
        let sent = sqs
            .send_message_batch()
            .queue_url(url)
            .set_entries(Some(open.clone()))
            .send()
            .await
            .map_err(Error::service("SendMessageBatch"))?;
        open.retain(|entry| sent.failed.iter().any(|failed| failed.id == entry.id));
        if open.is_empty() {
            return Ok(());
        }
    }
    Err(Error::Contended { what: "sending messages" })
}

fn entry(at: usize, job: &impl Job) -> Result<SendMessageBatchRequestEntry, Error> {
    SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(serde_json::to_string(job).map_err(Error::item)?)
        .message_group_id(job.group())
        .build()
        .map_err(Error::item)
}
