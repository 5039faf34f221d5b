//! The function `feedback`: what others say of leads that they got.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<feedback::App>().await
}
