//! The function `rollup`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollup::{App, StreamEvent, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let (aws, secret) = (lambda::Aws::load().await, lambda::env::required(lambda::env::IDENTITY_SECRET_ARN)?);
    let app = App::start(aws.ledger_store()?, aws.secret(&secret)).await?.asking(&aws)?;
    run(service_fn(async |event: LambdaEvent<StreamEvent>| {
        Ok::<_, Error>(handle(&app, event.payload, lambda::now()).await)
    }))
    .await
}
