//! The routes of the five kinds of records, each with its own schemas; what they do stands once, in `record`.

use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// One module of five handlers per kind. They differ in words alone, and OpenAPI wants the words as literals.
macro_rules! record_routes {
    ($kind:ident, $record:ident, $reference:ident, $one_word:literal, $tag:tt, $all:tt, $one:tt) => {
        mod $kind {
            use axum::{
                Json,
                extract::State,
                response::Response,
            };
            use lambda::{
                Problem,
                auth::Seller,
                body::ApiJson,
                http::Named,
                list::{Listing, Paging},
            };
            use utoipa_axum::{router::OpenApiRouter, routes};

            use super::{$record, $reference};
            use crate::{
                App,
                if_match::IfMatch,
                record::{self, Stored},
                replacement::Replacement,
            };

            #[utoipa::path(
                post,
                path = $all,
                tag = $tag,
                operation_id = concat!("create_", $one_word),
                summary = concat!("Makes a ", $one_word, "; its reference is yours to choose."),
                description = "Safe to send again: the reference lets it happen once, and a repeat is answered as the first one was until the record is replaced. An Idempotency-Key changes nothing here.",
                request_body = $record,
                responses((status = 201, body = Stored<$record>, headers(("ETag" = String), ("Location" = String))), Problem),
                security(("key" = []))
            )]
            pub(super) async fn create(
                State(app): State<App>,
                _: Seller,
                ApiJson(record): ApiJson<$record>,
            ) -> Result<Response, Problem> {
                record::create(&app, record).await
            }

            #[utoipa::path(
                get,
                path = $all,
                tag = $tag,
                operation_id = concat!("list_", $tag),
                summary = concat!("Lists the ", $tag, " by reference, inactive ones too."),
                params(Paging),
                responses((status = 200, body = Listing<Stored<$record>>), Problem),
                security(("key" = []))
            )]
            pub(super) async fn list(
                State(app): State<App>,
                _: Seller,
                paging: Paging,
            ) -> Result<Json<Listing<Stored<$record>>>, Problem> {
                record::list(&app, paging).await
            }

            #[utoipa::path(
                get,
                path = $one,
                tag = $tag,
                operation_id = concat!("read_", $one_word),
                summary = concat!("Reads a ", $one_word, "."),
                params(("ref" = String, Path, description = "The reference its owner chose.")),
                responses((status = 200, body = Stored<$record>, headers(("ETag" = String))), Problem),
                security(("key" = []))
            )]
            pub(super) async fn read(
                State(app): State<App>,
                _: Seller,
                Named(reference): Named<$reference>,
            ) -> Result<Response, Problem> {
                record::read::<$record>(&app, reference.as_str()).await
            }

            #[utoipa::path(
                put,
                path = $one,
                tag = $tag,
                operation_id = concat!("replace_", $one_word),
                summary = concat!("Replaces a ", $one_word, " that has not changed since it was read."),
                description = "Safe to send again: If-Match lets it happen once, and a repeat is answered as the first one was. It needs no Idempotency-Key. The body may be what GET answered, with a change: a version in it must be the one that If-Match names.",
                params(
                    ("ref" = String, Path, description = "The reference its owner chose."),
                    ("If-Match" = String, Header, description = "The ETag of the version that is replaced.")
                ),
                request_body = $record,
                responses((status = 200, body = Stored<$record>, headers(("ETag" = String))), Problem),
                security(("key" = []))
            )]
            pub(super) async fn replace(
                State(app): State<App>,
                _: Seller,
                Named(reference): Named<$reference>,
                version: IfMatch,
                ApiJson(replacement): ApiJson<Replacement<$record>>,
            ) -> Result<Response, Problem> {
                record::replace(&app, reference.as_str(), version, replacement.of(version)?).await
            }

            #[utoipa::path(
                delete,
                path = $one,
                tag = $tag,
                operation_id = concat!("deactivate_", $one_word),
                summary = concat!("Takes a ", $one_word, " out of new business; it stays readable."),
                description = "Safe to send again: that changes nothing more. It needs no Idempotency-Key. Keys of a supplier or buyer go on \
                               reading what is its own, as its books are still settled, until they are revoked.",
                params(("ref" = String, Path, description = "The reference its owner chose.")),
                responses((status = 200, body = Stored<$record>, headers(("ETag" = String))), Problem),
                security(("key" = []))
            )]
            pub(super) async fn deactivate(
                State(app): State<App>,
                _: Seller,
                Named(reference): Named<$reference>,
            ) -> Result<Response, Problem> {
                record::deactivate::<$record>(&app, reference.as_str()).await
            }

            pub(super) fn routes() -> OpenApiRouter<App> {
                OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(read, replace, deactivate))
            }
        }
    };
}

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    id::{BuyerRef, CampaignRef, DeliveryRef, ResponderRef, SupplierRef},
    responder::Responder,
    supplier::Supplier,
};

record_routes!(campaigns, Campaign, CampaignRef, "campaign", "campaigns", "/v1/campaigns", "/v1/campaigns/{ref}");
record_routes!(suppliers, Supplier, SupplierRef, "supplier", "suppliers", "/v1/suppliers", "/v1/suppliers/{ref}");
record_routes!(buyers, Buyer, BuyerRef, "buyer", "buyers", "/v1/buyers", "/v1/buyers/{ref}");
record_routes!(deliveries, Delivery, DeliveryRef, "delivery", "deliveries", "/v1/deliveries", "/v1/deliveries/{ref}");

record_routes!(
    responders,
    Responder,
    ResponderRef,
    "responder",
    "responders",
    "/v1/responders",
    "/v1/responders/{ref}"
);

/// All of them.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let of_deliveries = buyers::routes().merge(deliveries::routes()).merge(responders::routes());
    campaigns::routes().merge(suppliers::routes()).merge(of_deliveries)
}
