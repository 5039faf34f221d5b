//! The one part of a path that names something.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::Problem;

/// Longer texts name nothing here; the tables would refuse them as keys.
const MAX_BYTES: usize = 200;

/// What stands in the place of the only parameter of a path. Text that cannot name anything is not found (404).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok().map(|Path(text)| text);
        text.filter(|text| text.len() <= MAX_BYTES).map(Self).ok_or_else(|| Problem::not_found("thing of that name"))
    }
}
