//! The function `reconcile`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollup::{
    App,
    reconcile::{Asked, Failure, Pace, WITHIN, reconcile},
};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let (aws, secret) = (lambda::Aws::load().await, lambda::env::required(lambda::env::IDENTITY_SECRET_ARN)?);
    let app = App::start(aws.whole_store()?, aws.secret(&secret)).await?;
    run(service_fn(async |event: LambdaEvent<Value>| {
        // The runtime logs what it is given with all that hangs on it; the run itself has logged what can be shown.
        let told = |failure: Failure| Error::from(failure.to_string());
        let asked = Asked::read(event.payload).map_err(told)?;
        reconcile(&app, &asked, lambda::now(), &Pace::within(WITHIN)).await.map_err(told)
    }))
    .await
}
