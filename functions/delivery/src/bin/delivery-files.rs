//! The function `delivery-files`.

use delivery::files::{App, WITHIN, assemble};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let app = App::start().await?;
    run(service_fn(async |_: LambdaEvent<Value>| {
        // The runtime logs what it is given with all that hangs on it; the run itself has logged what can be shown.
        assemble(&app, lambda::now(), WITHIN).await.map_err(|_| Error::from("some files were not finished"))
    }))
    .await
}
