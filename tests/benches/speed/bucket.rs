//! Just enough of S3: the files that are laid there can be read, and whatever else is sent is taken and forgotten.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};

/// The bucket `files`.
#[derive(Clone, Default)]
pub(crate) struct Bucket(Arc<Mutex<HashMap<String, Bytes>>>);

impl Bucket {
    /// Lays a file there.
    pub(crate) fn lay(&self, path: &str, bytes: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("/files/{path}"), bytes.into());
    }

    /// What S3 answers.
    pub(crate) fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        let query = uri.query().unwrap_or_default();
        match *method {
            Method::GET => self.read(uri.path(), headers),
            Method::HEAD => StatusCode::NOT_FOUND.into_response(),
            Method::PUT => [("etag", "\"a part\"")].into_response(),
            Method::DELETE => StatusCode::NO_CONTENT.into_response(),
            Method::POST if query.contains("uploads") => {
                let begun = "<UploadId>upload</UploadId>";
                format!("<InitiateMultipartUploadResult>{begun}</InitiateMultipartUploadResult>").into_response()
            }
            Method::POST => "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>".into_response(),
            _ => StatusCode::NOT_IMPLEMENTED.into_response(),
        }
    }

    fn read(&self, path: &str, headers: &HeaderMap) -> Response {
        let Some(file) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned() else {
            return refused(StatusCode::NOT_FOUND, "NoSuchKey");
        };
        let range = headers.get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
        let (first, last) = range.expect("files are read in blocks");
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        if first >= file.len() {
            return refused(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange");
        }
        let last = last.min(file.len() - 1);
        let range = format!("bytes {first}-{last}/{}", file.len());
        (StatusCode::PARTIAL_CONTENT, [("content-range", range)], file.slice(first..=last)).into_response()
    }
}

fn refused(status: StatusCode, code: &str) -> Response {
    (status, format!("<Error><Code>{code}</Code></Error>")).into_response()
}
