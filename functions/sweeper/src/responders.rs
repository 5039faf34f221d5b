//! Steps of responders whose time has come, and what a worker that died left behind.

use store::Error;

use crate::{Sweep, Swept};

/// Messages of one sweep, as many as the responder function does within a minute if the mail service takes a second. What is asked for twice,
/// because it still waits in the queue, is done once.
const AT_MOST: u16 = 2_000;

impl Sweep<'_> {
    /// Sends a message for each.
    pub(crate) async fn wake_responders(&self, swept: &mut Swept) -> Result<(), Error> {
        let jobs = self.app.store.due_enrolments(self.now, AT_MOST).await?;
        self.app.responder_queue.send(&jobs).await?;
        swept.steps = jobs.len();
        Ok(())
    }
}
