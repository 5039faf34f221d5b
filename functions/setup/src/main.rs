//! The function `setup`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<setup::App>().await
}
