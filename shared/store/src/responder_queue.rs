//! The queue of responders: messages name a lead and a responder, and never what is written to whom.

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use domain::id::{LeadId, ResponderRef};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use crate::Error;

/// SQS takes this many messages at once.
const BATCH: usize = 10;
/// How often the messages of a batch that SQS refused are offered again.
const TRIES: usize = 3;

/// Asks for something to be done. It may come twice, late, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum ResponderJob {
    /// A lead that was approved joins a responder, if it has not.
    Join {
        /// The lead.
        lead: LeadId,
        /// The responder.
        rid: ResponderRef,
    },
    /// The next step of a lead that has joined, whatever that is by then.
    Next {
        /// The lead.
        lead: LeadId,
        /// The responder.
        rid: ResponderRef,
        /// For the how manieth time it has joined.
        number: u16,
    },
}

impl ResponderJob {
    /// Whose turn it is among the messages of the queue: a responder whose messages pile up lets those of others go first.
    fn group(&self) -> &str {
        match self {
            Self::Join { rid, .. } | Self::Next { rid, .. } => rid.as_str(),
        }
    }
}

/// The queue.
#[derive(Clone, Debug)]
pub struct ResponderQueue {
    sqs: Client,
    url: String,
}

impl ResponderQueue {
    /// The queue at this URL.
    pub fn new(sqs: Client, url: String) -> Self {
        Self { sqs, url }
    }

    /// Sends messages, to be seen at once.
    ///
    /// # Errors
    /// The queue's; then some may have been sent.
    pub async fn send(&self, jobs: &[ResponderJob]) -> Result<(), Error> {
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

fn entry(at: usize, job: &ResponderJob) -> Result<SendMessageBatchRequestEntry, Error> {
    SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(serde_json::to_string(job).map_err(Error::item)?)
        .message_group_id(job.group())
        .build()
        .map_err(Error::item)
}
