//! The search function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::telemetry::init();
    lambda::http::serve(search::router(search::App::start().await?)).await
}
