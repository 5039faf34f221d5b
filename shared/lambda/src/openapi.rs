//! What the OpenAPI documents of all HTTP functions begin with: the key, and the problem that every refusal is.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::Problem;

/// A document without routes, for `OpenApiRouter::with_openapi`. Routes that ask for a key say `security(("key" = []))`.
pub fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Volley").version(env!("CARGO_PKG_VERSION")).build();
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A key: vk_<id>_<secret>. It may be sent as X-Key instead."))
        .build();
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    let components = ComponentsBuilder::new()
        .schema(Problem::name(), Problem::schema())
        .schemas_from_iter(parts)
        .security_scheme("key", SecurityScheme::Http(key))
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}
