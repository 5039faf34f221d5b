//! `GET /health`.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That it is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Says that the API is alive.
#[utoipa::path(get, path = "/health", tag = "about", responses((status = 200, body = Health)))]
pub(crate) async fn get_health() -> Json<Health> {
    Json(Health { status: "ok" })
}
