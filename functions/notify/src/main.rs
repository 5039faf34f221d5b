//! The function `notify`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    notify::serve(notify::App::start().await?).await
}
