#![doc = include_str!("../README.md")]

mod bulk_form;
mod cancel_job;
mod export;
mod get_job;
mod job_view;
mod list_jobs;
mod list_outcomes;
mod named;
mod post_job;
mod shown;
pub mod worker;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
    http::Function,
};
use store::{BulkQueue, Identity, LeadExportsQueue, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what leads of a person are found by.
    pub identity: Identity,
    /// The queue of the worker.
    pub bulk_queue: BulkQueue,
    /// The queue of exports, which jobs may begin.
    pub lead_exports_queue: LeadExportsQueue,
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, bulk_queue, lead_exports_queue) = (aws.store()?, aws.bulk_queue()?, aws.lead_exports_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), bulk_queue, lead_exports_queue })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(list_jobs::list_jobs, post_job::post_job))
            .routes(routes!(get_job::get_job))
            .routes(routes!(list_outcomes::list_outcomes))
            .routes(routes!(cancel_job::cancel_job))
    }
}
