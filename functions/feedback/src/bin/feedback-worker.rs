//! The function `feedback-worker`: what is told of leads to who sent them.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    feedback::worker::serve(feedback::worker::App::start().await?).await
}
