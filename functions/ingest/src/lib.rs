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

use axum::{extract::FromRef, routing::get};
use dispatch::deliver::Dispatcher;
use lambda::{
    Problem, StartError,
    aws::{Aws, warm},
    http::Function,
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

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let queue = aws.delivery_queue()?;
        let (dispatcher, ()) = tokio::join!(Dispatcher::load(&aws), warm(queue.warm()));
        Ok(Self { dispatcher: dispatcher? })
    }

    fn routes() -> OpenApiRouter<Self> {
        // Reading them is another function's, and has a route of its own; here it is only named among what the path takes.
        let elsewhere = get(async || Problem::method_not_allowed());
        OpenApiRouter::new().routes(routes!(post_leads::post_leads)).route("/v1/leads", elsewhere)
    }
}
