//! The function `lead-export`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    search::export::serve(search::export::App::start().await?).await
}
