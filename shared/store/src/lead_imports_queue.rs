//! The queue of files of leads: a message names one to go on with; the bucket says there as well that one has come.

use aws_sdk_sqs::Client;
use domain::id::LeadImportId;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::Error;

/// SQS delays no longer than this.
const MAX_DELAY_S: i64 = 900;

/// The queue.
#[derive(Clone, Debug)]
pub struct LeadImportsQueue {
    sqs: Client,
    url: String,
}

/// A file to go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadImportJob {
    /// Which.
    pub import: LeadImportId,
}

impl LeadImportsQueue {
    /// The queue at this URL.
    pub fn new(sqs: Client, url: String) -> Self {
        Self { sqs, url }
    }

    /// Sends a message, to be seen at once.
    ///
    /// # Errors
    /// The queue's; it may be sent again.
    pub async fn send(&self, job: &LeadImportJob) -> Result<(), Error> {
        self.send_later(job, SignedDuration::ZERO).await
    }

    /// Sends a message, to be seen after `delay` or as much of it as the queue can bridge (15 minutes).
    ///
    /// # Errors
    /// The queue's; it may be sent again.
    pub async fn send_later(&self, job: &LeadImportJob, delay: SignedDuration) -> Result<(), Error> {
        let body = serde_json::to_string(job).map_err(Error::item)?;
        // Rather a second too late than one too early.
        let delay_s = delay.as_secs() + i64::from(delay.subsec_nanos() > 0);
        let delay_s = i32::try_from(delay_s.clamp(0, MAX_DELAY_S)).unwrap_or(0);
        let send = self.sqs.send_message().queue_url(&self.url).message_body(body).delay_seconds(delay_s);
        send.send().await.map(drop).map_err(Error::service("SendMessage"))
    }
}
