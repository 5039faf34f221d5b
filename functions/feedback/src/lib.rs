#![doc = include_str!("../README.md")]

mod claim;
mod hear;
mod post_feedback;
mod signed;
mod tally;
pub mod worker;

use axum::extract::FromRef;
use dispatch::deliver::Dispatcher;
use lambda::{StartError, aws::Aws, http::Function};
use store::Store;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables, and the queue that leads go on by when nobody has bought them.
    pub dispatcher: Dispatcher,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.dispatcher.store.clone()
    }
}

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        // Returns look at what a buyer has bought, which stands in the ledger.
        let store = aws.whole_store()?;
        Ok(Self { dispatcher: Dispatcher { store, ..Dispatcher::load(&aws).await? } })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new().routes(routes!(post_feedback::post_feedback))
    }
}
