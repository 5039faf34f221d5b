//! The delivery queue: one message per lead, delivery and round, carrying ids and never lead data.

use aws_sdk_sqs::{
    Client,
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use domain::id::{DeliveryRef, LeadId};
use futures::future::join_all;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

use crate::Error;

/// SQS takes this many messages at once.
const BATCH: usize = 10;
/// SQS delays no longer than this.
const MAX_DELAY_S: i64 = 900;
/// How often the messages of a batch that SQS refused are offered again.
const TRIES: usize = 3;

/// Asks for the next step of one lead at one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryJob {
    /// The lead.
    pub lead_id: LeadId,
    /// The delivery.
    pub did: DeliveryRef,
    /// The round that the message belongs to; in a later one it does nothing.
    pub round: u32,
    /// Follows the lead from the request that brought it through every log line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// The queue.
#[derive(Clone, Debug)]
pub struct DeliveryQueue {
    sqs: Client,
    url: String,
    /// Where messages go that are due at once, if not to the queue.
    diverted: Option<UnboundedSender<DeliveryJob>>,
}

impl DeliveryQueue {
    /// The queue at this URL.
    pub fn new(sqs: Client, url: String) -> Self {
        Self { sqs, url, diverted: None }
    }

    /// The same queue, but messages that are due at once are handed over here. Once nobody takes them here any more, they
    /// go to the queue again.
    #[must_use]
    pub fn diverting(&self, to: UnboundedSender<DeliveryJob>) -> Self {
        Self { diverted: Some(to), ..self.clone() }
    }

    /// Sends messages, to be seen after `delay` or as much of it as the queue can bridge (15 minutes).
    ///
    /// # Errors
    /// The queue's; then some may have been sent.
    pub async fn send(&self, jobs: &[DeliveryJob], delay: SignedDuration) -> Result<(), Error> {
        let to_here = self.diverted.as_ref().filter(|_| delay <= SignedDuration::ZERO);
        let jobs: Vec<&DeliveryJob> =
            jobs.iter().filter(|job| to_here.is_none_or(|here| here.send((*job).clone()).is_err())).collect();
        // A second too late is better than one too early: the receiver would only have to put it back.
        let delay_s = delay.as_secs() + i64::from(delay.subsec_nanos() > 0);
        let delay_s = i32::try_from(delay_s.clamp(0, MAX_DELAY_S)).unwrap_or(0);
        let batches: Vec<Vec<_>> = jobs
            .chunks(BATCH)
            .map(|batch| batch.iter().enumerate().map(|(at, job)| entry(at, job, delay_s)).collect())
            .collect::<Result<_, _>>()?;
        // All are tried, also when one fails: each message that is sent need not be made up for.
        join_all(batches.into_iter().map(|entries| self.send_batch(entries))).await.into_iter().collect()
    }

    /// Opens a connection, as [`Store::warm`](crate::Store::warm) does.
    ///
    /// # Errors
    /// The queue's.
    pub async fn warm(&self) -> Result<(), Error> {
        let asked = self.sqs.get_queue_attributes().queue_url(&self.url).attribute_names(QueueAttributeName::QueueArn);
        asked.send().await.map(|_| ()).map_err(Error::service("GetQueueAttributes"))
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

fn entry(at: usize, job: &DeliveryJob, delay_s: i32) -> Result<SendMessageBatchRequestEntry, Error> {
    let body = serde_json::to_string(job).map_err(Error::item)?;
    SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(body)
        .delay_seconds(delay_s)
        // Of a standard queue, not a FIFO one: a delivery whose messages pile up lets those of the others go first.
        .message_group_id(job.did.as_str())
        .build()
        .map_err(Error::item)
}
