//! `GET /v1/buyers/{bid}/credit`: what a buyer can still buy for.

use axum::{Json, extract::State};
use domain::{buyer::Buyer, id::BuyerRef};
use lambda::{Problem, auth::Caller, http::Named, record::unknown};

use crate::{App, account, credit_view::CreditView};

/// Read a buyer's credit
///
/// For the seller, and the buyer itself. A buyer without a credit rule has none (404): it is sent bills.
#[utoipa::path(
    get,
    path = "/v1/buyers/{bid}/credit",
    tag = "money",
    params(("bid" = String, Path, description = "The buyer's reference.")),
    responses((status = 200, body = CreditView), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_credit(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Named(bid): Named<BuyerRef>,
) -> Result<Json<CreditView>, Problem> {
    let bid = account::buyer(&app.store, &principal, bid).await?;
    // The seller has been told above if it cannot be read; a buyer could do nothing about it.
    let buyer = app.store.record::<Buyer>(bid.as_str()).await?.ok_or_else(|| unknown::<Buyer>(bid.as_str()))?;
    let rule = buyer.record.credit.ok_or_else(|| Problem::not_found(format_args!("credit of buyer {bid}")))?;
    let credit = app.store.credit(&bid).await?;
    CreditView::new(bid, &rule, credit).map(Json).map_err(|error| Problem::broken(&error))
}
