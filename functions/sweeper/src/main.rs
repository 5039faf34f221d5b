//! The sweeper function.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let app = sweeper::App::start().await?;
    run(service_fn(async |_: LambdaEvent<Value>| {
        // The runtime logs what it is given with all that hangs on it; the sweep itself has logged what can be shown.
        sweeper::sweep(&app, lambda::now(), sweeper::WITHIN).await.map_err(|_| Error::from("the sweep failed"))
    }))
    .await
}
