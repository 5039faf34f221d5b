#![doc = include_str!("../README.md")]

mod first_key;
mod health;
mod if_match;
mod keys;
mod openapi;
mod record;
mod records;
mod replacement;
mod responder_statistics;
mod settings;
mod webhook_secrets;

use std::sync::Arc;

use axum::{Router, extract::FromRef, middleware::from_fn_with_state};
use domain::address::Reach;
use lambda::{
    Aws, StartError,
    aws::warm,
    env,
    http::{Function, api},
};
use store::{Identity, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::first_key::FirstKey;

/// What the handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) first_key: Arc<FirstKey>,
    pub(crate) identity: Identity,
    pub(crate) reach: Reach,
}

impl App {
    /// Over these parts.
    pub fn new(store: Store, first_key: FirstKey, identity: Identity, reach: Reach) -> Self {
        Self { store, first_key: Arc::new(first_key), identity, reach }
    }
}

impl Function for App {
    async fn start() -> Result<Self, StartError> {
        let local = env::flag(env::ALLOW_LOOPBACK_BUYERS)?;
        let reach = if local { Reach::LoopbackToo } else { Reach::PublicOnly };
        let aws = Aws::load().await;
        let first_key = FirstKey::in_secret(aws.clone(), env::required(env::FIRST_KEY_SECRET_ARN)?);
        let (store, secret) = (aws.setup_store()?, env::required(env::IDENTITY_SECRET_ARN)?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self::new(store, first_key, Identity::new(secret?), reach))
    }

    fn routes() -> OpenApiRouter<Self> {
        OpenApiRouter::new()
            .merge(records::routes())
            .routes(routes!(responder_statistics::read_responder_statistics))
            .routes(routes!(keys::create::create_key, keys::list::list_keys))
            .routes(routes!(keys::revoke::revoke_key))
            .routes(routes!(keys::rotate::rotate_key))
            .routes(routes!(settings::get_settings, settings::put_settings))
            .routes(routes!(webhook_secrets::create_webhook_secret))
            .routes(routes!(openapi::get_openapi))
            .routes(routes!(health::get_health))
    }

    /// With the first key let in before anything asks whose a key is.
    fn router(self) -> Router {
        let first_key = from_fn_with_state(self.clone(), first_key::admit);
        api(Self::routes().split_for_parts().0.layer(first_key).with_state(self))
    }
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}
