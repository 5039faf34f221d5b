#![doc = include_str!("../README.md")]

mod suppressions;
mod unsubscribe;

use axum::extract::FromRef;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
    http::Function,
};
use store::{Identity, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what people are known by, of tokens and of cursors.
    pub identity: Identity,
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
        let store = aws.store()?;
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?) })
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .routes(routes!(
                unsubscribe::get_unsubscribe::get_unsubscribe,
                unsubscribe::post_unsubscribe::post_unsubscribe
            ))
            .routes(routes!(
                suppressions::list_suppressions::list_suppressions,
                suppressions::post_suppressions::post_suppressions
            ))
            .routes(routes!(suppressions::search_suppressions::search_suppressions))
    }
}
