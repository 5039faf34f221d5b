//! The function `delivery-api`: what the seller does by hand about deliveries.

mod list_dead_letters;
mod list_notices;
mod redrive;
mod release;
mod settle;
mod settlement;
mod test_delivery;

use axum::extract::FromRef;
use dispatch::deliver::Dispatcher;
use lambda::{StartError, aws::Aws, http::Function};
use store::{DeadLetters, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The delivery engine, with the tables and the queue.
    pub dispatcher: Dispatcher,
    /// What the delivery function gave up.
    pub dead_letters: DeadLetters,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.dispatcher.store.clone()
    }
}

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        Ok(Self { dispatcher: Dispatcher::load(&aws).await?, dead_letters: aws.dead_letters()? })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(settle::settle_delivery))
            .routes(routes!(release::release_lead))
            .routes(routes!(test_delivery::test_delivery))
            .routes(routes!(list_dead_letters::list_dead_letters))
            .routes(routes!(redrive::redrive_dead_letters))
            .routes(routes!(list_notices::list_notices))
    }
}
