//! The bucket of files that go out: one request for a small one, parts for a large one.

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};

use crate::{
    Error,
    upload::{begun, completed, sent},
};

const CONTENT_TYPE: &str = "text/csv; charset=utf-8";

/// `If-None-Match` of writes that replace nothing.
const ANY: &str = "*";

/// The bucket.
#[derive(Clone, Debug)]
pub struct Files {
    s3: Client,
    bucket: String,
}

/// A file that is uploaded part by part. One that is never finished is removed by the bucket after three weeks.
#[derive(Clone, Debug)]
pub struct Upload {
    path: String,
    id: String,
    /// The tags of those that are sent.
    parts: Vec<String>,
}

impl Files {
    /// The bucket of this name.
    pub fn new(s3: Client, bucket: String) -> Self {
        Self { s3, bucket }
    }

    /// Puts a whole file, unless one is there; whether it did.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it did.
    pub async fn put_new(&self, path: &str, bytes: Vec<u8>) -> Result<bool, Error> {
        let put = self.s3.put_object().bucket(&self.bucket).key(path).content_type(CONTENT_TYPE);
        let put = put.if_none_match(ANY).body(ByteStream::from(bytes)).send().await;
        unless_there(put.map(drop), "PutObject")
    }

    /// Begins a file of parts; nobody sees it before it is finished.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn begin(&self, path: &str) -> Result<Upload, Error> {
        let call = self.s3.create_multipart_upload().bucket(&self.bucket).key(path).content_type(CONTENT_TYPE);
        let id = begun(call).await?;
        Ok(Upload { path: path.to_owned(), id, parts: Vec::new() })
    }

    /// Adds a part: of at least 5 MB, unless it is the last.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn add(&self, upload: &mut Upload, bytes: Vec<u8>) -> Result<(), Error> {
        let call = self.s3.upload_part().bucket(&self.bucket).key(&upload.path).upload_id(&upload.id);
        let tag = sent(call, &upload.parts, bytes).await?;
        upload.parts.push(tag);
        Ok(())
    }

    /// Makes its parts the file, unless one is there; whether it did.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it did.
    pub async fn finish_new(&self, upload: Upload) -> Result<bool, Error> {
        let finish = self.s3.complete_multipart_upload().bucket(&self.bucket).key(upload.path).upload_id(upload.id);
        let finish = finish.if_none_match(ANY).multipart_upload(completed(upload.parts)).send().await;
        unless_there(finish.map(drop), "CompleteMultipartUpload")
    }
}

/// Whether a conditional write was made.
fn unless_there<E, R>(written: Result<(), SdkError<E, R>>, call: &'static str) -> Result<bool, Error>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some("PreconditionFailed") => Ok(false),
        Err(error) => Err(Error::service(call)(error)),
    }
}
