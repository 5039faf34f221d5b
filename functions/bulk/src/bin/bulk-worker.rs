//! The function `bulk-worker`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    bulk::worker::serve(bulk::worker::App::start().await?).await
}
