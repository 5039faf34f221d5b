#![doc = include_str!("../README.md")]

mod delivery_view;
mod get_lead;
mod lead_view;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
    http::Function,
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

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let store = Aws::load().await.whole_store()?;
        warm(store.warm()).await;
        Ok(Self { store })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new().routes(routes!(get_lead::get_lead))
    }
}
