//! The function `lead-import-worker`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    lead_import::worker::serve(lead_import::worker::App::start().await?).await
}
