//! What an HTTP function is: what it holds while it is warm, how it starts, its routes; and what all of them do alike.

use axum::Router;
use lambda_http::Error;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{api, serve};
use crate::{StartError, openapi, telemetry};

/// What an HTTP function holds while it is warm: the state of its handlers.
pub trait Function: Clone + Send + Sync + 'static {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    fn start() -> impl Future<Output = Result<Self, StartError>> + Send;

    /// The routes, with what OpenAPI says of them.
    fn routes() -> OpenApiRouter<Self>;

    /// The routes, ready to be served.
    fn router(self) -> Router {
        api(Self::routes().split_for_parts().0.with_state(self))
    }

    /// The routes as OpenAPI describes them.
    fn openapi() -> OpenApi {
        OpenApiRouter::with_openapi(openapi::document()).merge(Self::routes()).split_for_parts().1
    }
}

/// All of `main`: starts the function, and answers events until Lambda stops it.
///
/// # Errors
/// What is missing, or the runtime's.
pub async fn run<F: Function>() -> Result<(), Error> {
    telemetry::init();
    serve(F::start().await?.router()).await
}
