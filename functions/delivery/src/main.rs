//! The delivery function.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    delivery::serve(delivery::start().await?).await
}
