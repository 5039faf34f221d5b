#![doc = include_str!("../README.md")]

mod delivery_view;
mod enrolment_view;
pub mod export;
mod exports;
mod feedback_view;
mod get_lead;
mod history_view;
mod lead_line;
mod lead_view;
mod list_leads;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
    http::Function,
};
use store::{ExportBucket, Identity, LeadExportsQueue, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what leads of a person are found by, and of cursors.
    pub identity: Identity,
    /// Where exports are.
    pub export_bucket: ExportBucket,
    /// The queue of the worker that writes them.
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
        let store = aws.whole_store()?;
        let (export_bucket, lead_exports_queue) = (aws.export_bucket()?, aws.lead_exports_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), export_bucket, lead_exports_queue })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(list_leads::list_leads))
            .routes(routes!(get_lead::get_lead))
            .merge(exports::routes())
    }
}
