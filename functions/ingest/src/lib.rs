#![doc = include_str!("../README.md")]

mod form;
mod post_leads;
mod receipt;
mod take_in;

use axum::extract::FromRef;
use lambda::{StartError, aws::Aws, env};
use store::{DeliveryQueue, Identity, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

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
        let identity = Identity::new(aws.secret(&env::required(env::IDENTITY_SECRET_ARN)?).await?);
        Ok(Self { store: aws.store()?, queue: aws.delivery_queue()?, identity })
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
