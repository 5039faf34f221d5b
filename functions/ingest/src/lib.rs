#![doc = include_str!("../README.md")]

mod answered;
mod batch;
mod body_schema;
mod form;
mod json;
mod live;
mod post_leads;
mod receipt;
mod take_in;
mod tally;

use axum::extract::FromRef;
use dispatch::deliver::Dispatcher;
use lambda::{
    StartError,
    aws::{Aws, warm},
};
use store::Store;
use utoipa_axum::{router::OpenApiRouter, routes};

#[cfg(test)]
mod tests;

pub use crate::receipt::LeadReceipt;

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables and the queue, and for campaigns that sell while the supplier waits, the way to buyers.
    pub dispatcher: Dispatcher,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.dispatcher.store.clone()
    }
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let queue = aws.delivery_queue()?;
        let (dispatcher, ()) = tokio::join!(Dispatcher::load(&aws), warm(queue.warm()));
        Ok(Self { dispatcher: dispatcher? })
    }
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(lambda::openapi::document()).routes(routes!(post_leads::post_leads))
}

/// The routes, ready to be served.
pub fn router(app: App) -> axum::Router {
    lambda::http::api(routes().split_for_parts().0.with_state(app))
}

/// The routes as OpenAPI describes them.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes().split_for_parts().1
}
