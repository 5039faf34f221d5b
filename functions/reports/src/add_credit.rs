//! `POST /v1/buyers/{bid}/credit`: a buyer's credit is added to, or put right.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{buyer::Buyer, id::BuyerRef};
use lambda::{
    Problem,
    auth::Seller,
    body::{ApiJson, IdempotencyKey, marked_replayed},
    http::Named,
    record::present,
};
use store::{CreditAdded, CreditOrder};

use crate::{
    App,
    credit_view::{CreditChanged, CreditForm},
    once::{self, Ordered},
};

/// Add to a buyer's credit
///
/// `added` is what the buyer has paid; `adjusted` puts its credit right, up or down, also below what it may owe. Either is an entry of
/// the journal, with the order, your key and the reason. Deliveries to a buyer that had none left may go on passing it over for ten seconds.
///
/// Safe to send again with the same `Idempotency-Key`: it is done once, and answered as the first time. The same key with another
/// body is 422 `idempotency_key_reused`.
#[utoipa::path(
    post,
    path = "/v1/buyers/{bid}/credit",
    tag = "money",
    params(
        ("bid" = String, Path, description = "The buyer's reference."),
        ("Idempotency-Key" = String, Header, description = "Marks a repeated request; see the answer's Idempotency-Replayed."),
    ),
    request_body = CreditForm,
    responses((status = 201, body = CreditChanged), Problem),
    security(("key" = []))
)]
pub(crate) async fn add_credit(
    State(app): State<App>,
    Seller(caller): Seller,
    Named(bid): Named<BuyerRef>,
    key: IdempotencyKey,
    ApiJson(form): ApiJson<CreditForm>,
) -> Result<Response, Problem> {
    let key = once::required(key)?;
    let Buyer { bid, credit, .. } = present::<Buyer>(&app.store, bid.as_str()).await?.record;
    let rule = credit.ok_or_else(|| {
        let detail = "This buyer has no credit: it is sent bills. Give it a credit rule first.";
        Problem::unprocessable("no_credit_rule", detail)
    })?;
    let reason = form.check(&rule)?;

    let id = app.identity.idempotency_key(&key);
    let ordered = Ordered { id: &id, by: caller.key_id.as_str(), reason: &reason };
    let entry = form.entry(&bid, ordered).map_err(|error| Problem::broken(&error))?;
    let order = CreditOrder { id, delta: form.amount, entry };
    let is_repeated = match app.store.order_credit(&bid, &order, lambda::now()).await? {
        CreditAdded::Done { .. } => false,
        CreditAdded::Repeated { .. } => true,
        CreditAdded::IdReused => return Err(Problem::idempotency_key_reused()),
        CreditAdded::OtherCurrency => {
            let detail = "The buyer's credit has been counted in another currency. Give its rule that one, or make another buyer.";
            return Err(Problem::conflict("wrong_currency", detail));
        }
    };
    tracing::info!(%bid, is_repeated, "credit was changed by the seller");
    let changed = form.changed(&order, bid, reason);
    Ok(marked_replayed((StatusCode::CREATED, Json(changed)).into_response(), is_repeated))
}
