#![doc = include_str!("../README.md")]

mod claims;
mod decide_return;
mod decide_returns;
mod decision;
mod files;
mod get_return;
mod list_returns;
mod own;
mod post_returns;
mod return_form;
mod return_view;

use axum::extract::FromRef;
use domain::lead::Actor;
use lambda::{
    Problem, StartError,
    aws::{Aws, warm},
    env,
    http::Function,
};
use store::{DeliveryQueue, Identity, LineUpError, ReturnBucket, ReturnFilesQueue, Returning, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The queue that leads go on by, when they are offered to others.
    pub queue: DeliveryQueue,
    /// The key of what stands for idempotency keys, for good.
    pub identity: Identity,
    /// Where files of returns come in, and their results are.
    pub return_bucket: ReturnBucket,
    /// The queue of the worker that reads them.
    pub return_files_queue: ReturnFilesQueue,
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
        let (store, queue) = (aws.whole_store()?, aws.delivery_queue()?);
        let (return_bucket, return_files_queue) = (aws.return_bucket()?, aws.return_files_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, queue, identity: Identity::new(secret?), return_bucket, return_files_queue })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(list_returns::list_returns, post_returns::post_returns))
            .routes(routes!(get_return::get_return))
            .routes(routes!(decide_return::approve_return))
            .routes(routes!(decide_return::reject_return))
            .routes(routes!(decide_return::undo_return))
            .routes(routes!(decide_returns::decide_returns))
            .merge(files::routes())
    }
}

impl App {
    /// What it takes to take sales back, as part of a request.
    pub(crate) fn returning<'a>(&'a self, by: &'a Actor, correlation_id: &'a str) -> Returning<'a> {
        Returning {
            store: &self.store,
            identity: &self.identity,
            queue: &self.queue,
            by: Some(by),
            correlation_id: Some(correlation_id),
        }
    }
}

/// A return that could not be carried out, though nothing of it stands in the way.
pub(crate) fn problem(error: LineUpError) -> Problem {
    match error {
        LineUpError::Store(error) => error.into(),
        LineUpError::Illegal(refused) => Problem::conflict(refused.code, refused.detail),
    }
}
