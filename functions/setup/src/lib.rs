#![doc = include_str!("../README.md")]

mod app;
mod first_key;
mod health;
mod if_match;
mod keys;
mod openapi;
mod record;
mod records;
mod replacement;
mod settings;

use axum::{Router, middleware::from_fn_with_state};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::{app::App, first_key::FirstKey};

/// All routes, ready to answer.
pub fn router(app: App) -> Router {
    let (routes, _) = routes().split_for_parts();
    let first_key = from_fn_with_state(app.clone(), first_key::admit);
    lambda::http::api(routes.layer(first_key).with_state(app))
}

/// What the routes take and answer.
pub fn openapi() -> OpenApi {
    routes().split_for_parts().1
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(lambda::openapi::document())
        .merge(records::routes())
        .routes(routes!(keys::create::create_key, keys::list::list_keys))
        .routes(routes!(keys::revoke::revoke_key))
        .routes(routes!(keys::rotate::rotate_key))
        .routes(routes!(settings::get_settings, settings::put_settings))
        .routes(routes!(openapi::get_openapi))
        .routes(routes!(health::get_health))
}
