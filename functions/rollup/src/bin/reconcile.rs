//! The function `reconcile`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollup::reconcile::{App, Asked, WITHIN, reconcile};

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda::telemetry::init();
    let app = App::start().await?;
    run(service_fn(async |event: LambdaEvent<Asked>| {
        // The runtime logs what it is given with all that hangs on it; the run itself has logged what can be shown.
        match reconcile(&app, &event.payload, lambda::now(), WITHIN).await {
            // Somebody has to know that the rest was not looked at.
            Ok(reconciled) if reconciled.cut_short => Err(Error::from("the period is too long for one run")),
            Ok(reconciled) => Ok(reconciled),
            Err(_) => Err(Error::from("the reconciliation failed")),
        }
    }))
    .await
}
