//! `POST /v1/keys`: makes a key.

use axum::{extract::State, response::Response};
use domain::{
    access::Principal,
    buyer::Buyer,
    id::{BuyerRef, SupplierRef},
    supplier::Supplier,
    words::one_line,
};
use lambda::{
    Problem,
    auth::Seller,
    body::{ApiJson, IdempotencyKey},
    problem::FieldError,
    record::found,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Wanted, make, view::MadeKey};
use crate::App;

/// Most characters of what a key is called.
const MAX_LABEL: usize = 100;

/// Whom a key is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyForm {
    /// What it may do.
    role: Role,
    /// The supplier, for that role only.
    sid: Option<SupplierRef>,
    /// The buyer, for that role only.
    bid: Option<BuyerRef>,
    /// What you call it, 1 to 100 characters on one line.
    // A form without it is told so together with what else is missing.
    #[serde(default)]
    #[schema(required)]
    label: String,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Everything.
    Seller,
    /// Post leads, and read its own.
    Supplier,
    /// Read the leads it was sold.
    Buyer,
}

/// Makes a key. Its secret is in this answer and nowhere else.
///
/// With an `Idempotency-Key`, an answer that was lost can be asked for again within 24 hours: the same request with the same
/// key of the caller finds the key that it made and shows it with a new secret, as the first one cannot be shown twice. The
/// first secret then opens nothing, within 30 seconds everywhere. Without one, a repeat makes a second key.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "keys",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again.")),
    request_body = KeyForm,
    responses((status = 201, body = MadeKey, headers(("Idempotency-Replayed" = String, description = "`true`: made before; its secret is new."))), Problem),
    security(("key" = []))
)]
pub(crate) async fn create_key(
    State(app): State<App>,
    Seller(caller): Seller,
    once: IdempotencyKey,
    ApiJson(form): ApiJson<KeyForm>,
) -> Result<Response, Problem> {
    let label = one_line("label", &form.label, MAX_LABEL).map_err(FieldError::from);
    let (label, principal) = match (label, principal(form.role, form.sid, form.bid)) {
        (Ok(label), Ok(principal)) => (label, principal),
        (label, principal) => return Err(Problem::invalid(label.err().into_iter().chain(principal.err()))),
    };
    must_exist(&app, &principal).await?;
    let asks = format!("make {} {label}", principal.tag());
    make(&app, Wanted { principal, label, asks }, caller.key_id, once).await
}

/// Whom a form means.
pub(crate) fn principal(role: Role, sid: Option<SupplierRef>, bid: Option<BuyerRef>) -> Result<Principal, FieldError> {
    match (role, sid, bid) {
        (Role::Seller, None, None) => Ok(Principal::Seller),
        (Role::Supplier, Some(sid), None) => Ok(Principal::Supplier { sid }),
        (Role::Buyer, None, Some(bid)) => Ok(Principal::Buyer { bid }),
        (Role::Supplier, None, _) => Err(FieldError::new("sid", "required", "Name the supplier.")),
        (Role::Buyer, _, None) => Err(FieldError::new("bid", "required", "Name the buyer.")),
        (Role::Seller | Role::Buyer, Some(_), _) => {
            Err(FieldError::new("sid", "not_for_role", "Only for the role supplier."))
        }
        (Role::Seller | Role::Supplier, _, Some(_)) => {
            Err(FieldError::new("bid", "not_for_role", "Only for the role buyer."))
        }
    }
}

/// Whoever is meant must be there.
///
/// # Errors
/// 422 `unknown_reference`; 409 where it is there and cannot be read.
pub(crate) async fn must_exist(app: &App, principal: &Principal) -> Result<(), Problem> {
    let (there, field, name) = match principal {
        Principal::Seller => return Ok(()),
        Principal::Supplier { sid } => {
            (found::<Supplier>(&app.store, sid.as_str()).await?.is_some(), "sid", format!("supplier {sid}"))
        }
        Principal::Buyer { bid } => {
            (found::<Buyer>(&app.store, bid.as_str()).await?.is_some(), "bid", format!("buyer {bid}"))
        }
    };
    if there {
        Ok(())
    } else {
        let detail = format!("There is no {name}; make it first.");
        let finding = FieldError::new(field, "unknown_reference", detail.clone());
        Err(Problem::unprocessable("unknown_reference", detail).with_errors([finding]))
    }
}
