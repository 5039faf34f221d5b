//! Versions in headers: `ETag` out, `If-Match` in.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, header, request::Parts},
};
use lambda::Problem;

/// The version that the caller read and wants to replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::precondition_required("Send If-Match with the ETag of the version that you read."));
        };
        // `*` and lists would replace what the caller has not read.
        let version = value.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        version
            .map(Self)
            .ok_or_else(|| Problem::bad_request("invalid_if_match", "Send one ETag, such as If-Match: \"3\"."))
    }
}

/// The header that names this version.
pub(crate) fn etag(version: u64) -> (HeaderName, HeaderValue) {
    let quoted = HeaderValue::from_str(&format!("\"{version}\""));
    (header::ETAG, quoted.unwrap_or(HeaderValue::from_static("\"0\"")))
}

/// 412, with the version that is there.
pub(crate) fn stale(present: u64) -> Problem {
    Problem::precondition_failed(format!("The present version is {present}. Read it again, then replace that."))
}
