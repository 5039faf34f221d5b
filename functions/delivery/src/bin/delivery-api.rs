//! The function `delivery-api`.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<delivery::api::App>().await
}
