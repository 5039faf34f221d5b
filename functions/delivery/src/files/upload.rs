//! A file on its way into the bucket: at once if it is small, in parts if it is not, and never all of it in memory.

use store::{Error, Files, Upload};

/// S3 takes no smaller part but the last.
const PART_BYTES: usize = 5 * 1024 * 1024;

pub(super) struct Uploader<'a> {
    files: &'a Files,
    path: &'a str,
    open: Vec<u8>,
    begun: Option<Upload>,
}

impl<'a> Uploader<'a> {
    pub(super) fn new(files: &'a Files, path: &'a str) -> Self {
        Self { files, path, open: Vec::new(), begun: None }
    }

    /// Takes the next bytes.
    pub(super) async fn take(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.open.extend(bytes);
        if self.open.len() >= PART_BYTES { self.send_part().await } else { Ok(()) }
    }

    /// Whether the file is there now by this upload, and was not before.
    pub(super) async fn finish(mut self) -> Result<bool, Error> {
        if self.begun.is_none() {
            return self.files.put_new(self.path, self.open).await;
        }
        if !self.open.is_empty() {
            self.send_part().await?;
        }
        match self.begun {
            Some(upload) => self.files.finish_new(upload).await,
            None => Ok(false),
        }
    }

    async fn send_part(&mut self) -> Result<(), Error> {
        let mut upload = match self.begun.take() {
            Some(upload) => upload,
            None => self.files.begin(self.path).await?,
        };
        self.files.add(&mut upload, std::mem::take(&mut self.open)).await?;
        self.begun = Some(upload);
        Ok(())
    }
}
