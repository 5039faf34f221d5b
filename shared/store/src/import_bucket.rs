//! The bucket of files as far as files of leads go: what is sent, what it came to, and what is worked on in between.

use std::time::Duration;

use aws_sdk_s3::{
    Client, config::SharedCredentialsProvider, error::ProvideErrorMetadata, presigning::PresigningConfig,
    primitives::ByteStream,
};
use domain::id::{LeadImportId, SupplierRef};
use jiff::Timestamp;

use crate::{
    Error, LeadImport, UploadState,
    download::{all, block},
    form::{self, PresignedPost},
    upload::{begun, completed, sent},
};

const CSV: &str = "text/csv; charset=utf-8";

/// Where files of leads come in. `infra/template.yaml` says for each folder how long they stay there.
pub const LEAD_IMPORTS: &str = "lead-imports/";

/// Where a file comes in that was announced.
pub(crate) fn upload_place(sid: &SupplierRef, id: LeadImportId, name: &str) -> String {
    format!("{LEAD_IMPORTS}{sid}/{id}/{name}")
}

/// Where the result of a file is. Its own name could be a person's, and results stay for long.
pub(crate) fn result_place(sid: &SupplierRef, id: LeadImportId) -> String {
    format!("lead-import-results/{sid}/{id}.csv")
}

/// Where a worker leaves what it has not finished, each a place of its own: who has lost the file changes nothing of another's.
fn work_place(id: LeadImportId, sequence: u32, holder: u64) -> String {
    format!("lead-import-work/{id}/{sequence}-{holder:016x}.csv")
}

/// The bucket.
#[derive(Clone, Debug)]
pub struct ImportBucket {
    s3: Client,
    bucket: String,
    /// Those of the client, to sign forms with.
    credentials: SharedCredentialsProvider,
}

impl ImportBucket {
    /// The bucket of this name; `credentials` are the client's.
    pub fn new(s3: Client, bucket: String, credentials: SharedCredentialsProvider) -> Self {
        Self { s3, bucket, credentials }
    }

    /// Whether this is the name of the bucket.
    pub fn is_called(&self, name: &str) -> bool {
        self.bucket == name
    }

    /// Up to so many bytes of a file, from one on: fewer are its last, and there may be none. None: the file is gone.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn read_upload(
        &self,
        path: &str,
        version: Option<&str>,
        from: u64,
        bytes: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let get = self.s3.get_object().bucket(&self.bucket).key(path).set_version_id(version.map(str::to_owned));
        block(get, from, bytes).await
    }

    /// Whether a result is there.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn has_result(&self, path: &str) -> Result<bool, Error> {
        match self.s3.head_object().bucket(&self.bucket).key(path).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => Err(Error::service("HeadObject")(error)),
        }
    }

    /// Begins a result of parts; nobody sees it before it is finished.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn begin_result(&self, path: &str) -> Result<UploadState, Error> {
        let call = self.s3.create_multipart_upload().bucket(&self.bucket).key(path).content_type(CSV);
        Ok(UploadState { id: begun(call).await?, path: path.to_owned(), parts: Vec::new() })
    }

    /// Adds a part: of at least 5 MiB, unless it is the last. One that is added to the same parts again takes its place.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn add_result_part(&self, mut upload: UploadState, bytes: Vec<u8>) -> Result<UploadState, Error> {
        let call = self.s3.upload_part().bucket(&self.bucket).key(&upload.path).upload_id(&upload.id);
        let tag = sent(call, &upload.parts, bytes).await?;
        upload.parts.push(tag);
        Ok(upload)
    }

    /// Makes its parts the result; one that is finished already stays as it is.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it is finished.
    pub async fn finish_result(&self, upload: UploadState) -> Result<(), Error> {
        let UploadState { id, path, parts } = upload;
        let call = self.s3.complete_multipart_upload().bucket(&self.bucket).key(&path).upload_id(id);
        match call.multipart_upload(completed(parts)).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("NoSuchUpload") && self.has_result(&path).await? => Ok(()),
            Err(error) => Err(Error::service("CompleteMultipartUpload")(error)),
        }
    }

    /// Puts a small result as a whole.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it is there.
    pub async fn put_result(&self, path: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let put = self.s3.put_object().bucket(&self.bucket).key(path).content_type(CSV).body(ByteStream::from(bytes));
        put.send().await.map(drop).map_err(Error::service("PutObject"))
    }

    /// Puts what is worked on, and says where.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it is there.
    pub async fn put_work(&self, of: &LeadImport, sequence: u32, bytes: Vec<u8>) -> Result<String, Error> {
        let path = work_place(of.id, sequence, of.holder);
        let put = self.s3.put_object().bucket(&self.bucket).key(&path).body(ByteStream::from(bytes));
        put.send().await.map(|_| path).map_err(Error::service("PutObject"))
    }

    /// What was worked on; none: it is gone.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn read_work(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        all(self.s3.get_object().bucket(&self.bucket).key(path)).await
    }

    /// Removes what was worked on.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn delete_work(&self, path: &str) -> Result<(), Error> {
        let delete = self.s3.delete_object().bucket(&self.bucket).key(path).send().await;
        delete.map(drop).map_err(Error::service("DeleteObject"))
    }

    /// A form by which anybody who has it may put one file of up to so many bytes there, for so long.
    ///
    /// # Errors
    /// `Service` when it cannot be signed.
    pub async fn presign_upload(
        &self,
        path: &str,
        max_bytes: u64,
        now: Timestamp,
        expires_in: Duration,
    ) -> Result<PresignedPost, Error> {
        // The SDK signs no forms, but knows where the bucket is.
        let until = PresigningConfig::expires_in(expires_in).map_err(Error::item)?;
        let somewhere = self.s3.put_object().bucket(&self.bucket).key(form::SOMEWHERE).presigned(until).await;
        let somewhere = somewhere.map_err(Error::service("PutObject"))?;
        let s3 = &self.s3;
        let region = s3.config().region().map(ToString::to_string).unwrap_or_default();
        let upload = form::Upload { bucket: &self.bucket, path, max_bytes, now, expires_in };
        upload.signed(somewhere.uri(), &region, &self.credentials).await
    }

    /// An address by which anybody who has it may read a result, for so long.
    ///
    /// # Errors
    /// `Service` when it cannot be signed.
    pub async fn presign_result(&self, path: &str, expires_in: Duration) -> Result<String, Error> {
        let until = PresigningConfig::expires_in(expires_in).map_err(Error::item)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let get = self.s3.get_object().bucket(&self.bucket).key(path);
        let get = get.response_content_disposition(format!("attachment; filename=\"{name}\"")).presigned(until).await;
        Ok(get.map_err(Error::service("GetObject"))?.uri().to_owned())
    }
}
