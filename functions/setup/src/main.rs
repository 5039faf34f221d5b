//! The Lambda `setup`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::telemetry::init();
    let app = setup::App::load().await?;
    lambda::http::serve(setup::router(app)).await
}
