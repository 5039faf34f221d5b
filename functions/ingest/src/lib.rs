#![doc = include_str!("../README.md")]

mod batch;
mod body_schema;
mod form;
mod json;
mod post_leads;
mod receipt;
mod take_in;
mod tally;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use store::{DeliveryQueue, Identity, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

#[cfg(test)]
mod tests;

pub use crate::receipt::LeadReceipt;

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The delivery queue.
    pub queue: DeliveryQueue,
    /// The key of all hashes of personal data.
    pub identity: Identity,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, queue) = (aws.store()?, aws.delivery_queue()?);
        let (secret, (), ()) = tokio::join!(aws.secret(&secret), warm(store.warm()), warm(queue.warm()));
        Ok(Self { store, queue, identity: Identity::new(secret?) })
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
