//! What a path names.

use axum::{
    extract::{FromRequestParts, Path, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::Problem;

/// The ids and references that stand in a path: one, or a tuple of them in their order. Text that none of them can look like
/// names nothing, and is not found (404), which says how they do look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::from_request_parts(parts, state).await;
        named.map(|Path(named)| Self(named)).map_err(|rejection| {
            if let PathRejection::FailedToDeserializePathParams(error) = rejection
                && let ErrorKind::DeserializeError { message, .. } | ErrorKind::Message(message) = error.into_kind()
            {
                return Problem::not_found(format_args!("thing of that name: {message}"));
            }
            Problem::not_found("thing of that name")
        })
    }
}
