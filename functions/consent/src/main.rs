//! The function `consent`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<consent::App>().await
}
