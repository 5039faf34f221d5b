//! The engine as the environment describes it.

use domain::address::Reach;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use store::Identity;

use crate::{channel::l2l::Own, client::Client, deliver::Dispatcher};

impl Client {
    /// The way out as the environment describes it.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn from_env() -> Result<Self, StartError> {
        let reach = if env::flag(env::ALLOW_LOOPBACK_BUYERS)? { Reach::LoopbackToo } else { Reach::PublicOnly };
        let runtime_api = env::optional(env::AWS_LAMBDA_RUNTIME_API)?;
        Self::new(reach, runtime_api.as_deref()).map_err(|error| StartError::part("the buyers' client", error))
    }
}

impl Dispatcher {
    /// Reads the environment and builds the clients, with a connection to the tables.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn load(aws: &Aws) -> Result<Self, StartError> {
        let client = Client::from_env()?;
        let (store, queue, mail) = (aws.store()?, aws.delivery_queue()?, aws.mail()?);
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let url = env::url(env::PUBLIC_URL)?;
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        let identity = Identity::new(secret?);
        let own = Own { id: identity.installation(), url };
        Ok(Self { store, queue, client, mail, identity, own })
    }
}
