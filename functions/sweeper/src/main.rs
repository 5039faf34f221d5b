//! The sweeper function.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let app = sweeper::App::start().await?;
    run(service_fn(async |_: LambdaEvent<Value>| {
        Ok::<_, Error>(sweeper::sweep(&app, lambda::now(), sweeper::WITHIN).await?)
    }))
    .await
}
