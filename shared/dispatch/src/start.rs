//! The engine as the environment describes it.

use domain::address::Reach;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use store::Identity;

use crate::{client::Client, deliver::Dispatcher};

impl Dispatcher {
    /// Reads the environment and builds the clients, with a connection to the tables.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn load(aws: &Aws) -> Result<Self, StartError> {
        let reach = if env::flag(env::ALLOW_LOOPBACK_BUYERS)? { Reach::LoopbackToo } else { Reach::PublicOnly };
        let runtime_api = env::optional(env::AWS_LAMBDA_RUNTIME_API)?;
        let client = Client::new(reach, runtime_api.as_deref())
            .map_err(|error| StartError::part("the buyers' client", error))?;
        let (store, queue, mail) = (aws.store()?, aws.delivery_queue()?, aws.mail()?);
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, queue, client, mail, identity: Identity::new(secret?) })
    }
}
