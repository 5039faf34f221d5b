//! What is to be told and whose time has come: groups that have taken items for long enough, notices that are new or to be sent
//! again, and what a worker that died left behind.

use store::Error;

use crate::{Sweep, Swept};

/// Messages of one sweep, as many as the notify function does within a minute if receivers answer within three seconds. What is asked
/// for twice, because it still waits in the queue, is done once.
const AT_MOST: u16 = 500;

impl Sweep<'_> {
    /// Sends a message for each: groups to be closed first, then notices, of each recipient one in turn.
    pub(crate) async fn wake_notices(&self, swept: &mut Swept) -> Result<(), Error> {
        let jobs = self.app.store.due_work(self.now, AT_MOST).await?;
        self.app.notify_queue.send(&jobs).await?;
        swept.notices = jobs.len();
        Ok(())
    }
}
