//! The queue of feedback: messages name a lead, and never what is told of it.

use aws_sdk_sqs::Client;
use domain::id::{DeliveryRef, LeadId};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    jobs::{self, Job},
};

/// Asks for what is to be told of a lead. It may come twice, late, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackJob {
    /// The lead.
    pub lead: LeadId,
    /// To who got it by this delivery; none: to who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
}

impl Job for FeedbackJob {
    /// Each lead is its own, so that those of a system that does not answer keep nobody else's waiting.
    fn group(&self) -> String {
        self.lead.to_string()
    }
}

/// The queue.
#[derive(Clone, Debug)]
pub struct FeedbackQueue {
    sqs: Client,
    url: String,
}

impl FeedbackQueue {
    /// The queue at this URL.
    pub fn new(sqs: Client, url: String) -> Self {
        Self { sqs, url }
    }

    /// Sends messages, to be seen at once.
    ///
    /// # Errors
    /// The queue's; then some may have been sent.
    pub async fn send(&self, jobs: &[FeedbackJob]) -> Result<(), Error> {
        jobs::send(&self.sqs, &self.url, jobs).await
    }
}
