//! Exports: a whole search as a file. They are written by the function `lead-export`.

mod export_view;
mod get_export;
mod list_exports;
mod post_export;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

/// The routes of exports.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_exports::list_exports, post_export::post_export))
        .routes(routes!(get_export::get_export))
}
