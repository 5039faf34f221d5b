//! `GET /v1/openapi.json`.

use axum::{http::header, response::IntoResponse};

/// Generated from all functions, and kept up to date by a test.
const DOCUMENT: &str = include_str!("../../../infra/openapi.json");

/// The OpenAPI document of the whole API.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    tag = "about",
    responses((status = 200, body = serde_json::Value, content_type = "application/json"))
)]
pub(crate) async fn get_openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
