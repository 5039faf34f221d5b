//! The ingest function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<ingest::App>().await
}
