//! Where the bytes of a file are.

use spreadsheet::Stored;
use store::{Error, LeadImport};

use super::App;

/// A file in the bucket.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) app: &'a App,
    pub(super) file: &'a LeadImport,
}

impl Stored for Source<'_> {
    type Error = Error;

    async fn block(&self, from: u64, bytes: u64) -> Result<Option<Vec<u8>>, Error> {
        let (path, version) = (self.file.path.as_str(), self.file.object_version.as_deref());
        self.app.import_bucket.read_upload(path, version, from, bytes).await
    }
}
