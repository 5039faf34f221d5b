//! Reading objects, whole and in blocks: what the calls of all buckets have in common.

use aws_sdk_s3::{
    error::{ProvideErrorMetadata, SdkError},
    operation::get_object::{GetObjectError, builders::GetObjectFluentBuilder},
    primitives::ByteStream,
};

use crate::Error;

/// Up to so many bytes of an object, from one on; none: the object is gone.
///
/// # Errors
/// The bucket's.
pub(crate) async fn block(get: GetObjectFluentBuilder, from: u64, bytes: u64) -> Result<Option<Vec<u8>>, Error> {
    let last = from.saturating_add(bytes).saturating_sub(1);
    match get.range(format!("bytes={from}-{last}")).send().await {
        // All of it is sent to whoever the range is not heard by (RFC 9110, 14.2): the emulator, where a version is asked for.
        Ok(got) if got.content_range.is_none() => Ok(Some(part(got.body, from, bytes).await?)),
        Ok(got) => Ok(Some(part(got.body, 0, bytes).await?)),
        // The object ends before.
        Err(error) if error.code() == Some("InvalidRange") => Ok(Some(Vec::new())),
        Err(error) => gone(error),
    }
}

/// All of an object; none: it is gone.
///
/// # Errors
/// The bucket's.
pub(crate) async fn all(get: GetObjectFluentBuilder) -> Result<Option<Vec<u8>>, Error> {
    match get.send().await {
        Ok(got) => Ok(Some(part(got.body, 0, u64::MAX).await?)),
        Err(error) => gone(error),
    }
}

fn gone(error: SdkError<GetObjectError>) -> Result<Option<Vec<u8>>, Error> {
    match error.code() {
        Some("NoSuchKey" | "NoSuchVersion") => Ok(None),
        Some(_) | None => Err(Error::service("GetObject")(error)),
    }
}

/// Up to so many bytes of a body, from one on.
async fn part(mut body: ByteStream, from: u64, bytes: u64) -> Result<Vec<u8>, Error> {
    let (mut part, mut before) = (Vec::new(), from);
    let mut missing = usize::try_from(bytes).unwrap_or(usize::MAX);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| Error::Service { call: "GetObject", source: Box::new(error) })?;
        let skipped = usize::try_from(before).unwrap_or(usize::MAX).min(piece.len());
        before -= skipped as u64;
        let kept = missing.min(piece.len() - skipped);
        part.extend_from_slice(&piece[skipped..skipped + kept]);
        missing -= kept;
        if missing == 0 {
            break;
        }
    }
    Ok(part)
}
