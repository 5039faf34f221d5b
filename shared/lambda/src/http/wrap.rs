//! What happens around every request: correlation id, panics caught, time limited, headers added, one log line, metrics written.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use tokio::time::timeout;
use tracing::{Instrument, field::Empty};

use super::correlation::{Correlation, X_CORRELATION_ID};
use crate::{Problem, metrics};

/// A handler has this long. Lambda ends the function at 28 seconds and API Gateway answers for it at 29, neither in our words.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// Answers hold data of one caller.
const NO_STORE: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
/// A body is what its content type says.
const NO_SNIFF: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));

/// The middleware.
pub(super) async fn around(request: Request, next: Next) -> Response {
    let correlation = Correlation::of(request.headers());
    let span = tracing::info_span!("request", correlation_id = correlation.0, key_id = Empty);
    let id = correlation.0.clone();
    let mut answer = correlation.scope(answer(request, next).instrument(span)).await;
    add_headers(answer.headers_mut(), &id);
    metrics::flush();
    answer
}

async fn answer(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // The template instead of the path, which may hold data.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let answer = match timeout(ANSWER_WITHIN, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        // The panic has been logged where it happened.
        Ok(Err(_)) => Problem::internal().into_response(),
        Err(_) => {
            tracing::error!("the handler took too long and was given up");
            Problem::try_again().into_response()
        }
    };
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = answer.status().as_u16(), elapsed_ms, "answered");
    answer
}

fn add_headers(headers: &mut HeaderMap, correlation_id: &str) {
    if let Ok(value) = HeaderValue::from_str(correlation_id) {
        headers.insert(X_CORRELATION_ID, value);
    }
    for (name, value) in [NO_STORE, NO_SNIFF] {
        headers.entry(name).or_insert(value);
    }
}
