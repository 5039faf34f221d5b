//! What the handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use domain::address::Reach;
use lambda::{Aws, StartError, aws::warm, env};
use store::Store;

use crate::FirstKey;

/// What the handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) first_key: Arc<FirstKey>,
    pub(crate) reach: Reach,
}

impl App {
    /// Over these parts.
    pub fn new(store: Store, first_key: FirstKey, reach: Reach) -> Self {
        Self { store, first_key: Arc::new(first_key), reach }
    }

    /// As the environment describes it.
    ///
    /// # Errors
    /// A variable is missing or says nothing that can be understood.
    pub async fn load() -> Result<Self, StartError> {
        let local = env::flag(env::ALLOW_LOOPBACK_BUYERS)?;
        let reach = if local { Reach::LoopbackToo } else { Reach::PublicOnly };
        let aws = Aws::load().await;
        let first_key = FirstKey::in_secret(aws.clone(), env::required(env::FIRST_KEY_SECRET_ARN)?);
        let store = aws.setup_store()?;
        warm(store.warm()).await;
        Ok(Self::new(store, first_key, reach))
    }
}

impl FromRef<App> for Store {
    fn from_ref(app: &App) -> Self {
        app.store.clone()
    }
}
