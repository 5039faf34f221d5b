//! Deliveries made while somebody waits for the answer: the same steps, taken here instead of by messages.

use std::time::Duration;

use domain::campaign::LiveRule;
use futures::{StreamExt, stream::FuturesUnordered};
use jiff::SignedDuration;
use store::{DeliveryJob, Error};
use tokio::{sync::mpsc, time::Instant};

use crate::deliver::{Dispatcher, Draw};

impl Dispatcher {
    /// Takes the steps that these messages ask for, and those that follow from them at once, until none is left or a next
    /// request could not end in time. No request is cut off: one whose own time-out is longer than the time that is left
    /// is not begun here but left to the queue, like all that is to be done later. `draw` is asked for each step.
    ///
    /// # Errors
    /// The queue's, when what is left cannot be sent; the sweeper makes up for it.
    pub async fn deliver_live(
        &self,
        jobs: Vec<DeliveryJob>,
        deadline: Instant,
        draw: impl Fn() -> Draw,
    ) -> Result<(), Error> {
        let (divert, mut diverted) = mpsc::unbounded_channel();
        let here = Self { queue: self.queue.diverting(divert), ..self.clone() };
        let (mut waiting, mut left) = (jobs, Vec::new());
        let mut steps = FuturesUnordered::new();
        loop {
            while let Ok(job) = diverted.try_recv() {
                waiting.push(job);
            }
            for job in waiting.drain(..) {
                if self.ends_by(&job, deadline).await {
                    let (here, draw) = (&here, draw());
                    steps.push(async move { (here.deliver(&job, draw).await, job) });
                } else {
                    left.push(job);
                }
            }
            match steps.next().await {
                Some((Ok(()), _)) => {}
                Some((Err(error), job)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(lead_id = %job.lead_id, did = %job.did, error, "a live step is left to the queue");
                    left.push(job);
                }
                None => break,
            }
        }
        self.queue.send(&left, SignedDuration::ZERO).await
    }

    /// Whether the delivery's request would be over by then, however slow its buyer is. What cannot be looked up is left to
    /// those who have time to look again.
    async fn ends_by(&self, job: &DeliveryJob, deadline: Instant) -> bool {
        let line = self.store.line_of(&job.did).await;
        let needed = line.ok().and_then(|line| {
            let candidates = line.candidates();
            Duration::try_from(LiveRule::time_for(candidates.first()?.delivery?)).ok()
        });
        needed.is_some_and(|needed| Instant::now() + needed <= deadline)
    }
}
