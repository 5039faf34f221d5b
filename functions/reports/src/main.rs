//! The function `reports`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<reports::App>().await
}
