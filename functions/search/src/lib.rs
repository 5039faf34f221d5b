#![doc = include_str!("../README.md")]

mod delivery_view;
mod get_lead;
mod lead_view;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
};
use store::Store;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
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
        let store = Aws::load().await.whole_store()?;
        warm(store.warm()).await;
        Ok(Self { store })
    }
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(lambda::openapi::document()).routes(routes!(get_lead::get_lead))
}

/// The routes, ready to be served.
pub fn router(app: App) -> axum::Router {
    lambda::http::api(routes().split_for_parts().0.with_state(app))
}

/// The routes as OpenAPI describes them.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes().split_for_parts().1
}
