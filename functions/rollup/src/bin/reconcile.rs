//! The function `reconcile`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollup::reconcile::{App, Asked, WITHIN, reconcile};

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let app = App::start().await?;
    run(service_fn(async |event: LambdaEvent<Asked>| {
        // The runtime logs what it is given with all that hangs on it; the run itself has logged what can be shown.
        let reconciled = reconcile(&app, &event.payload, lambda::now(), WITHIN).await;
        reconciled.map_err(|_| Error::from("the reconciliation failed"))
    }))
    .await
}
