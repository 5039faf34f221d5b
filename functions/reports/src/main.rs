//! The function `reports`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::telemetry::init();
    lambda::http::serve(reports::router(reports::App::start().await?)).await
}
