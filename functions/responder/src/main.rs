//! The function `responder`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    responder::serve(responder::App::start().await?).await
}
