//! The correlation id: follows a request from its caller through every log line and message.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};

use crate::{Problem, random::new_ulid};

/// The header that brings and returns it.
pub const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// Longer ones are replaced.
const MAX_CHARS: usize = 64;

tokio::task_local! {
    static CURRENT: Correlation;
}

/// The correlation id of a request: the caller's own, if it is short and harmless, else a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correlation(pub String);

impl Correlation {
    /// Of a request with these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(X_CORRELATION_ID).and_then(|value| value.to_str().ok());
        Self(sent.filter(|text| is_safe(text)).map_or_else(|| new_ulid().to_string(), str::to_owned))
    }

    /// Runs `work` as part of this request.
    pub(super) async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

/// Of the request that is being answered, if one is.
pub(crate) fn current() -> Option<String> {
    CURRENT.try_with(|correlation| correlation.0.clone()).ok()
}

impl<S: Send + Sync> FromRequestParts<S> for Correlation {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(current().map_or_else(|| Self::of(&parts.headers), Self))
    }
}

/// No character that means something to a log, a header or a shell; and no `@`, so that nobody sends e-mail addresses.
fn is_safe(text: &str) -> bool {
    (1..=MAX_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}
