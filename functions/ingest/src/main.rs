//! The ingest function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::telemetry::init();
    lambda::http::serve(ingest::router(ingest::App::start().await?)).await
}
