//! The dead-letter queue of deliveries: looked into without taking anything away, and sent on its way again.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
        QueueAttributeName,
    },
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::{DeliveryJob, DeliveryQueue, Error};

/// SQS hands out, and takes back, this many messages at once.
const BATCH: usize = 10;
/// Messages that are looked at are out of everybody else's sight until they are put back; this long, if nobody does that.
/// Longer than any look takes, so that none is seen twice in it.
const HIDDEN_FOR_S: i32 = 60;
/// An answer at once may miss messages that are there: SQS then asks only some of its machines.
const WAIT_S: i32 = 1;
/// Calls that put messages back at the same time.
const CONCURRENCY: usize = 10;

/// The dead-letter queue.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    sqs: Client,
    url: String,
}

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What SQS calls it.
    pub message_id: String,
    /// What it asks for; none: it cannot be read, and so is none of ours, or of another version.
    pub job: Option<DeliveryJob>,
    /// When it was first sent to the delivery queue.
    pub since: Option<Timestamp>,
    /// How often it was received, by the delivery function and by those who looked at it here.
    pub received: u32,
}

/// What is in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Those that were looked at, the oldest first.
    pub letters: Vec<DeadLetter>,
    /// About how many there are.
    pub in_queue: u64,
}

/// What became of messages that were to be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Sent to the delivery queue.
    pub moved: usize,
    /// Still here, as the delivery queue did not take them.
    pub failed: usize,
    /// Still here, as nobody could read them there either.
    pub unreadable: usize,
    /// About how many are still here.
    pub left: u64,
}

impl DeadLetters {
    /// The queue at this URL.
    pub fn new(sqs: Client, url: String) -> Self {
        Self { sqs, url }
    }

    /// Looks at up to `limit` messages, and leaves them where they are. Meanwhile, a few seconds at most, nobody else sees
    /// them; a minute, if the caller dies here. Each look counts as a receipt.
    ///
    /// # Errors
    /// The queue's.
    pub async fn look(&self, limit: usize) -> Result<Look, Error> {
        let in_queue = self.count().await?;
        let mut held = Vec::new();
        let looked = self.hold(limit, &mut held).await;
        self.put_back(&held).await;
        looked?;
        let mut letters: Vec<DeadLetter> = held.iter().map(read).collect();
        letters.sort_by(|one, other| (one.since, &one.message_id).cmp(&(other.since, &other.message_id)));
        Ok(Look { letters, in_queue })
    }

    /// Sends up to `limit` messages to the delivery queue again, and takes them away here once that is done. Whoever dies
    /// in between leaves a message in both, and it moves twice: the second one finds nothing left to do. No more are begun
    /// when `within` is over.
    ///
    /// # Errors
    /// The dead-letter queue's; then some may have been moved.
    pub async fn redrive(&self, queue: &DeliveryQueue, limit: usize, within: Duration) -> Result<Redriven, Error> {
        let (mut done, mut kept) = (Redriven::default(), Vec::new());
        let ended = self.move_to(queue, limit, Instant::now() + within, &mut done, &mut kept).await;
        self.put_back(&kept).await;
        ended?;
        done.left = self.count().await?;
        Ok(done)
    }

    async fn move_to(
        &self,
        queue: &DeliveryQueue,
        limit: usize,
        until: Instant,
        done: &mut Redriven,
        kept: &mut Vec<Message>,
    ) -> Result<(), Error> {
        while done.moved < limit && Instant::now() < until {
            let batch = self.take(limit - done.moved).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let (readable, unreadable): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|message| job(message).is_some());
            done.unreadable += unreadable.len();
            kept.extend(unreadable);
            let jobs: Vec<DeliveryJob> = readable.iter().filter_map(job).collect();
            if jobs.is_empty() {
                continue;
            }
            if let Err(error) = queue.send(&jobs, SignedDuration::ZERO).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "dead letters could not be sent again");
                done.failed += readable.len();
                kept.extend(readable);
                return Ok(());
            }
            done.moved += readable.len();
            self.delete(&readable).await?;
        }
        Ok(())
    }

    /// Takes messages out of sight until there are `limit` of them, or no more.
    async fn hold(&self, limit: usize, held: &mut Vec<Message>) -> Result<(), Error> {
        while held.len() < limit {
            let batch = self.take(limit - held.len()).await?;
            if batch.is_empty() {
                break;
            }
            held.extend(batch);
        }
        Ok(())
    }

    async fn take(&self, limit: usize) -> Result<Vec<Message>, Error> {
        let got = self
            .sqs
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(limit.min(BATCH)).unwrap_or(1))
            .visibility_timeout(HIDDEN_FOR_S)
            .wait_time_seconds(WAIT_S)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(Error::service("ReceiveMessage"))?;
        Ok(got.messages.unwrap_or_default())
    }

    /// Lets others see them again. Where that fails, they come back by themselves.
    async fn put_back(&self, held: &[Message]) {
        let put_back = async |batch: &[Message]| {
            let entries = batch.iter().enumerate().filter_map(|(at, message)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(at.to_string());
                entry.set_receipt_handle(message.receipt_handle.clone()).visibility_timeout(0).build().ok()
            });
            let entries = Some(entries.collect());
            let call = self.sqs.change_message_visibility_batch().queue_url(&self.url).set_entries(entries).send();
            if let Err(error) = call.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "dead letters stay out of sight for a minute");
            }
        };
        stream::iter(held.chunks(BATCH)).for_each_concurrent(CONCURRENCY, put_back).await;
    }

    /// Takes messages away. One that stays is moved once more later, which does no harm.
    async fn delete(&self, sent: &[Message]) -> Result<(), Error> {
        let entries = sent.iter().enumerate().map(|(at, message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
            entry.set_receipt_handle(message.receipt_handle.clone()).build().map_err(Error::item)
        });
        let entries = Some(entries.collect::<Result<_, _>>()?);
        let call = self.sqs.delete_message_batch().queue_url(&self.url).set_entries(entries).send();
        call.await.map(|_| ()).map_err(Error::service("DeleteMessageBatch"))
    }

    /// About how many messages there are, in sight or not.
    async fn count(&self) -> Result<u64, Error> {
        let got = self
            .sqs
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await
            .map_err(Error::service("GetQueueAttributes"))?;
        Ok(got.attributes.iter().flatten().filter_map(|(_, count)| count.parse::<u64>().ok()).sum())
    }
}

fn job(message: &Message) -> Option<DeliveryJob> {
    serde_json::from_str(message.body.as_deref()?).ok()
}

fn read(message: &Message) -> DeadLetter {
    let attribute = |name| message.attributes.as_ref()?.get(&name)?.parse::<i64>().ok();
    let since = attribute(MessageSystemAttributeName::SentTimestamp);
    let received = attribute(MessageSystemAttributeName::ApproximateReceiveCount);
    DeadLetter {
        message_id: message.message_id.clone().unwrap_or_default(),
        job: job(message),
        since: since.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        received: received.and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
    }
}
