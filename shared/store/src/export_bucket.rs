//! The bucket of files as far as exports of leads go.

use std::time::Duration;

use aws_sdk_s3::{Client, error::ProvideErrorMetadata, presigning::PresigningConfig, primitives::ByteStream};
use domain::id::LeadExportId;

use crate::{
    Error, UploadState,
    upload::{begun, completed, sent},
};

const CSV: &str = "text/csv; charset=utf-8";

/// The bucket.
#[derive(Clone, Debug)]
pub struct ExportBucket {
    s3: Client,
    bucket: String,
}

/// Where an export's file is. `infra/template.yaml` says how long it stays there.
fn place(id: LeadExportId) -> String {
    format!("lead-exports/{id}.csv")
}

/// Where a worker leaves rows that no part has yet, each a place of its own: who has lost the export changes nothing of another's.
fn work_place(id: LeadExportId, holder: u64) -> String {
    format!("lead-exports/unfinished/{id}/{holder:016x}.csv")
}

impl ExportBucket {
    /// The bucket of this name.
    pub fn new(s3: Client, bucket: String) -> Self {
        Self { s3, bucket }
    }

    /// Begins a file of parts; nobody sees it before it is finished.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn begin_export(&self, id: LeadExportId) -> Result<UploadState, Error> {
        let path = place(id);
        let call = self.s3.create_multipart_upload().bucket(&self.bucket).key(&path).content_type(CSV);
        Ok(UploadState { id: begun(call).await?, path, parts: Vec::new() })
    }

    /// Adds a part: of at least 5 MiB, unless it is the last. One that is added to the same parts again takes its place.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn add_export_part(&self, mut upload: UploadState, bytes: Vec<u8>) -> Result<UploadState, Error> {
        let call = self.s3.upload_part().bucket(&self.bucket).key(&upload.path).upload_id(&upload.id);
        let tag = sent(call, &upload.parts, bytes).await?;
        upload.parts.push(tag);
        Ok(upload)
    }

    /// Makes its parts the file; one that is finished already stays as it is.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it is finished.
    pub async fn finish_export(&self, upload: UploadState) -> Result<(), Error> {
        let UploadState { id, path, parts } = upload;
        let call = self.s3.complete_multipart_upload().bucket(&self.bucket).key(&path).upload_id(id);
        match call.multipart_upload(completed(parts)).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("NoSuchUpload") && self.has_export(&path).await? => Ok(()),
            Err(error) => Err(Error::service("CompleteMultipartUpload")(error)),
        }
    }

    /// Forgets the parts of a file that will not be finished.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn drop_export(&self, upload: UploadState) -> Result<(), Error> {
        let UploadState { id, path, .. } = upload;
        let call = self.s3.abort_multipart_upload().bucket(&self.bucket).key(path).upload_id(id);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("NoSuchUpload") => Ok(()),
            Err(error) => Err(Error::service("AbortMultipartUpload")(error)),
        }
    }

    /// Puts a small file as a whole.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether it is there.
    pub async fn put_export(&self, id: LeadExportId, bytes: Vec<u8>) -> Result<(), Error> {
        let put = self.s3.put_object().bucket(&self.bucket).key(place(id)).content_type(CSV);
        put.body(ByteStream::from(bytes)).send().await.map(drop).map_err(Error::service("PutObject"))
    }

    /// Puts rows aside that no part has yet, and says where.
    ///
    /// # Errors
    /// The bucket's; then nobody knows whether they are there.
    pub async fn put_export_tail(&self, id: LeadExportId, holder: u64, bytes: Vec<u8>) -> Result<String, Error> {
        let path = work_place(id, holder);
        let put = self.s3.put_object().bucket(&self.bucket).key(&path).body(ByteStream::from(bytes));
        put.send().await.map(|_| path).map_err(Error::service("PutObject"))
    }

    /// Rows that were put aside.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn read_export_tail(&self, path: &str) -> Result<Vec<u8>, Error> {
        let got = self.s3.get_object().bucket(&self.bucket).key(path).send().await;
        let body = got.map_err(Error::service("GetObject"))?.body.collect().await;
        let body = body.map_err(|error| Error::Service { call: "GetObject", source: Box::new(error) })?;
        Ok(body.to_vec())
    }

    /// Removes what was put aside.
    ///
    /// # Errors
    /// The bucket's.
    pub async fn delete_export_tail(&self, path: &str) -> Result<(), Error> {
        let delete = self.s3.delete_object().bucket(&self.bucket).key(path).send().await;
        delete.map(drop).map_err(Error::service("DeleteObject"))
    }

    /// An address by which anybody who has it may read an export's file, for so long.
    ///
    /// # Errors
    /// `Service` when it cannot be signed.
    pub async fn presign_export(&self, id: LeadExportId, name: &str, expires_in: Duration) -> Result<String, Error> {
        let until = PresigningConfig::expires_in(expires_in).map_err(Error::item)?;
        let get = self.s3.get_object().bucket(&self.bucket).key(place(id));
        let get = get.response_content_disposition(format!("attachment; filename=\"{name}\"")).presigned(until).await;
        Ok(get.map_err(Error::service("GetObject"))?.uri().to_owned())
    }

    async fn has_export(&self, path: &str) -> Result<bool, Error> {
        match self.s3.head_object().bucket(&self.bucket).key(path).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => Err(Error::service("HeadObject")(error)),
        }
    }
}
