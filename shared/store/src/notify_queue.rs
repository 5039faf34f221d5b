//! The queue of what is to be told: messages name a notice or a group, and never what it says.

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use futures::future::join_all;

use crate::{Error, NotifyJob};

/// SQS takes this many messages at once.
const BATCH: usize = 10;
/// How often the messages of a batch that SQS refused are offered again.
const TRIES: usize = 3;

/// The queue.
#[derive(Clone, Debug)]
pub struct NotifyQueue {
    sqs: Client,
    url: String,
}

impl NotifyQueue {
    /// The queue at this URL.
    pub fn new(sqs: Client, url: String) -> Self {
        Self { sqs, url }
    }

    /// Sends messages, to be seen at once.
    ///
    /// # Errors
    /// The queue's; then some may have been sent.
    pub async fn send(&self, jobs: &[NotifyJob]) -> Result<(), Error> {
        let batches: Vec<Vec<_>> = jobs
            .chunks(BATCH)
            .map(|batch| batch.iter().enumerate().map(|(at, job)| entry(at, job)).collect())
            .collect::<Result<_, _>>()?;
        join_all(batches.into_iter().map(|entries| self.send_batch(entries))).await.into_iter().collect()
    }

    async fn send_batch(&self, mut open: Vec<SendMessageBatchRequestEntry>) -> Result<(), Error> {
        for _ in 0..TRIES {
            let sent = self
                .sqs
                .send_message_batch()
                .queue_url(&self.url)
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
}

/// Who is told much lets others go first: each has its own turns among the messages of the queue.
fn entry(at: usize, job: &NotifyJob) -> Result<SendMessageBatchRequestEntry, Error> {
    SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(serde_json::to_string(job).map_err(Error::item)?)
        .message_group_id(job.work.to().tag())
        .build()
        .map_err(Error::item)
}
