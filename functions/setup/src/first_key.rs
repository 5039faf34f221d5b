//! The key that a deployment begins with: `vk_root_<secret>`, written to the table when it is first used.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::{
    access::{ApiKey, Principal},
    id::KeyId,
};
use lambda::{
    Aws, Problem, StartError,
    auth::{Presented, presented_key, same_hash, secret_sha256},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::App;

/// The secret half of the first key, read when it is first needed.
#[derive(Debug)]
pub struct FirstKey {
    secret: OnceCell<SecretString>,
    kept: Option<(Aws, String)>,
}

impl FirstKey {
    /// In the secret with this ARN.
    pub fn in_secret(aws: Aws, arn: String) -> Self {
        Self { secret: OnceCell::new(), kept: Some((aws, arn)) }
    }

    /// This one, which is in no secret: of an installation that a test made.
    pub fn of(secret: SecretString) -> Self {
        Self { secret: OnceCell::new_with(Some(secret)), kept: None }
    }

    async fn secret(&self) -> Result<Option<&SecretString>, StartError> {
        match &self.kept {
            Some((aws, arn)) => self.secret.get_or_try_init(|| aws.secret(arn)).await.map(Some),
            None => Ok(self.secret.get()),
        }
    }
}

/// The middleware: a first use of the first key makes it a normal key, before anything asks whose it is.
pub(crate) async fn admit(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    if let Some(presented) = presented_key(request.headers()).filter(|presented| presented.id == KeyId::root()) {
        keep_if_right(&app, &presented).await?;
    }
    Ok(next.run(request).await)
}

async fn keep_if_right(app: &App, presented: &Presented) -> Result<(), Problem> {
    // Once kept, also when revoked, the row is all that counts.
    if app.store.cached_key(&presented.id).await?.is_some() {
        return Ok(());
    }
    let Some(secret) = app.first_key.secret().await? else { return Ok(()) };
    let hash = secret_sha256(presented.secret.expose_secret());
    if !same_hash(&hash, &secret_sha256(secret.expose_secret())) {
        return Ok(());
    }
    let key = ApiKey {
        id: KeyId::root(),
        principal: Principal::Seller,
        label: "first key".to_owned(),
        secret_sha256: hash,
        created: lambda::now(),
        revoked: None,
    };
    // Refused means that a request beside this one was faster, which is as good.
    let made = app.store.make_key(&key).await?;
    tracing::info!(?made, "the first key was used for the first time");
    Ok(())
}
