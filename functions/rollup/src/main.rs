//! The function `rollup`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollup::{App, StreamEvent, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let app = App::start().await?;
    run(service_fn(async |event: LambdaEvent<StreamEvent>| {
        Ok::<_, Error>(handle(&app, event.payload, lambda::now()).await)
    }))
    .await
}
