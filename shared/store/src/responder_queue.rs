//! The queue of responders: messages name a lead and a responder, and never what is written to whom.

use aws_sdk_sqs::Client;
use domain::id::{LeadId, ResponderRef};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    jobs::{self, Job},
};

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

impl Job for ResponderJob {
    /// A responder whose messages pile up lets those of others go first.
    fn group(&self) -> String {
        match self {
            Self::Join { rid, .. } | Self::Next { rid, .. } => rid.to_string(),
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
        jobs::send(&self.sqs, &self.url, jobs).await
    }
}
