//! The engine as the environment describes it.

use domain::address::Reach;
use lambda::{StartError, aws::Aws, env};
use store::Identity;

use crate::{client::Client, deliver::Dispatcher};

impl Dispatcher {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn load(aws: &Aws) -> Result<Self, StartError> {
        let reach = if env::flag(env::ALLOW_LOOPBACK_BUYERS)? { Reach::LoopbackToo } else { Reach::PublicOnly };
        let runtime_api = env::optional(env::AWS_LAMBDA_RUNTIME_API)?;
        let client = Client::new(reach, runtime_api.as_deref())
            .map_err(|error| StartError::part("the buyers' client", error))?;
        let identity = Identity::new(aws.secret(&env::required(env::IDENTITY_SECRET_ARN)?).await?);
        Ok(Self { store: aws.store()?, queue: aws.delivery_queue()?, client, mail: aws.mail()?, identity })
    }
}
