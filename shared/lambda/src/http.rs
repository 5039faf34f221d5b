//! What all HTTP functions add to their routes, and how they are served.

mod correlation;
mod event;
mod function;
mod path;
mod wrap;

use axum::{Router, middleware::from_fn};
use lambda_http::{Adapter, Error, LambdaEvent, tower::ServiceExt};

pub(crate) use self::correlation::current as current_correlation;
pub use self::{
    correlation::{Correlation, X_CORRELATION_ID},
    function::{Function, run},
    path::Named,
};
use crate::Problem;

/// Adds to routes what every answer of the API has: problems for unknown paths and methods, for panics and for what takes
/// too long, the correlation id, the headers against caching and sniffing, one log line, and the metrics.
pub fn api(router: Router) -> Router {
    router
        .fallback(async || Problem::not_found("such path; GET /v1/openapi.json lists them"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn(wrap::around))
}

/// Answers events of the HTTP API with these routes until Lambda stops the function.
async fn serve(router: Router) -> Result<(), Error> {
    let router = Adapter::from(router);
    let as_read = |event: LambdaEvent<event::Event>| LambdaEvent::new(event.payload.0, event.context);
    lambda_runtime::run(router.map_request(as_read)).await
}

#[cfg(test)]
mod tests;
