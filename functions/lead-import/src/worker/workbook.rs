//! The text of the workbook that is read at present: a step takes a few of its rows, and to read all of it anew each time takes longer than they do.

use std::{fmt, sync::Arc};

use domain::id::LeadImportId;
use spreadsheet::{Rejected, Stored, workbook_text};
use store::Error;
use tokio::sync::Mutex;

use super::source::Source;

/// Of which file it is, and what it says.
type Kept = (LeadImportId, Arc<[u8]>);

/// The text of the workbook that was read last, for as long as the function is warm and the file is not at its end.
#[derive(Clone, Default)]
pub struct Workbook(Arc<Mutex<Option<Kept>>>);

impl Workbook {
    /// The text of a file.
    pub(super) async fn text(&self, source: Source<'_>) -> Result<Result<Arc<[u8]>, Rejected>, Error> {
        let mut kept = self.0.lock().await;
        // As long as the file is there: who deletes it wants no more of it done.
        if let Some((_, text)) = kept.as_ref().filter(|(id, _)| *id == source.file.id)
            && source.block(0, 1).await?.is_some()
        {
            return Ok(Ok(text.clone()));
        }
        // Room for the other one.
        *kept = None;
        Ok(workbook_text(source).await?.map(|text| {
            let text: Arc<[u8]> = text.into();
            *kept = Some((source.file.id, text.clone()));
            text
        }))
    }

    /// Forgets it: it is full of persons.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl fmt::Debug for Workbook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workbook")
    }
}
