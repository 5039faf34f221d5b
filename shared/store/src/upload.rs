//! Uploads in parts: what the calls of all buckets have in common.

use aws_sdk_s3::{
    operation::{
        create_multipart_upload::builders::CreateMultipartUploadFluentBuilder,
        upload_part::builders::UploadPartFluentBuilder,
    },
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};

use crate::Error;

/// Begins an upload, and says what the bucket calls it.
///
/// # Errors
/// The bucket's.
pub(crate) async fn begun(call: CreateMultipartUploadFluentBuilder) -> Result<String, Error> {
    let begun = call.send().await.map_err(Error::service("CreateMultipartUpload"))?;
    begun.upload_id.ok_or(Error::Contended { what: "beginning an upload" })
}

/// Sends the part behind those that are sent, and says its tag.
///
/// # Errors
/// The bucket's.
pub(crate) async fn sent(call: UploadPartFluentBuilder, parts: &[String], bytes: Vec<u8>) -> Result<String, Error> {
    let sent = call.part_number(number(parts.len())).body(ByteStream::from(bytes)).send().await;
    sent.map_err(Error::service("UploadPart"))?.e_tag.ok_or(Error::Contended { what: "sending a part of an upload" })
}

/// All parts, by their tags.
pub(crate) fn completed(parts: Vec<String>) -> CompletedMultipartUpload {
    let part = |(at, tag)| CompletedPart::builder().part_number(number(at)).e_tag(tag).build();
    CompletedMultipartUpload::builder().set_parts(Some(parts.into_iter().enumerate().map(part).collect())).build()
}

/// Parts are numbered from 1.
fn number(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}
