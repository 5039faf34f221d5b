//! The function `bulk`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<bulk::App>().await
}
