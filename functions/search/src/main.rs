//! The search function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<search::App>().await
}
