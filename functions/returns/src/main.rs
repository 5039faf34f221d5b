//! The returns function.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<returns::App>().await
}
