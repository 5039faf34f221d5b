//! The function `return-file`.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::telemetry::init();
    return_file::serve(return_file::App::start().await?).await
}
