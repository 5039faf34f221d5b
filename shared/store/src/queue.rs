//! The delivery queue: one message per lead, delivery and round, carrying ids and never lead data.

mod follow_up;

use aws_sdk_sqs::{
    Client,
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use domain::{
    id::{BuyerRef, DeliveryRef, LeadId},
    lead::{Lead, LeadDelivery},
};
use futures::future::join_all;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

pub use self::follow_up::follow_ups;
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
    /// Its buyer, if it has one: the queue lets buyers have their turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// The round that the message belongs to; in a later one it does nothing.
    pub round: u32,
    /// Follows the lead from the request that brought it through every log line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

impl DeliveryJob {
    /// For the next step of a lead at one of its deliveries.
    pub fn of(lead: &Lead, did: &DeliveryRef, delivery: &LeadDelivery, correlation_id: Option<&str>) -> Self {
        Self {
            lead_id: lead.id,
            did: did.clone(),
            bid: delivery.bid.clone(),
            round: delivery.round,
            correlation_id: correlation_id.map(str::to_owned),
        }
    }

    /// Whose turn it is among the messages of a standard queue: a buyer whose messages pile up lets those of others go first.
    fn group(&self) -> &str {
        self.bid.as_ref().map_or(self.did.as_str(), BuyerRef::as_str)
    }
}

/// The delivery queue, as those see it who send: every message asks for one step of one lead.
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
        .message_group_id(job.group())
        .build()
        .map_err(Error::item)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn the_deliveries_of_a_buyer_share_its_turns_and_one_without_a_buyer_has_its_own() {
        let group = |did: &str, bid: Option<&str>| {
            let job = DeliveryJob {
                lead_id: "lead_01JD3QZ8000000000000000003".parse().unwrap(),
                did: did.parse().unwrap(),
                bid: bid.map(|bid| bid.parse().unwrap()),
                round: 1,
                correlation_id: None,
            };
            entry(0, &job, 0).unwrap().message_group_id
        };
        assert_eq!(group("d1", Some("b1")), group("d2", Some("b1")));
        assert_ne!(group("d1", Some("b1")), group("d1", Some("b2")));
        assert_eq!(group("crm", None).as_deref(), Some("crm"));
    }
}
