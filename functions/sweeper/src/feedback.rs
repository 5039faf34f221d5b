//! What is to be told again of leads to who sent them, and what a worker that died left behind.

use store::Error;

use crate::{Sweep, Swept};

/// Messages of one sweep. What is asked for twice, because it still waits in the queue, is done once.
const AT_MOST: u16 = 2_000;

impl Sweep<'_> {
    /// Sends a message for each.
    pub(crate) async fn wake_feedback(&self, swept: &mut Swept) -> Result<(), Error> {
        let jobs = self.app.store.due_tellings(self.now, AT_MOST).await?;
        self.app.feedback_queue.send(&jobs).await?;
        swept.feedback = jobs.len();
        Ok(())
    }
}
