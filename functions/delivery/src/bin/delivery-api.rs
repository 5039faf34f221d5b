//! The function `delivery-api`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::telemetry::init();
    let app = delivery::api::App::start().await?;
    lambda::http::serve(delivery::api::router(app)).await
}
