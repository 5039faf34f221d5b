//! The function of files of leads.

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::http::run::<lead_import::App>().await
}
