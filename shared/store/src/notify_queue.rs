//! The queue of what is to be told: messages name a notice or a group, and never what it says.

use aws_sdk_sqs::Client;

use crate::{
    Error, NotifyJob,
    jobs::{self, Job},
};

impl Job for NotifyJob {
    /// Who is told much lets others go first.
    fn group(&self) -> String {
        self.work.to().tag()
    }
}

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
        jobs::send(&self.sqs, &self.url, jobs).await
    }
}
