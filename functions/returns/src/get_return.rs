//! `GET /v1/returns/{id}`: one return.

use axum::{Json, extract::State};
use domain::returned::ReturnId;
use lambda::{Problem, auth::Caller, http::Named};

use crate::{App, return_view::ReturnView};

/// Read a return
///
/// The seller reads all, a buyer its own.
#[utoipa::path(
    get,
    path = "/v1/returns/{id}",
    tag = "returns",
    params(("id" = String, Path, description = "The return's id.")),
    responses((status = 200, body = ReturnView), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_return(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<ReturnId>,
) -> Result<Json<ReturnView>, Problem> {
    let lead = app.store.lead(id.lead).await?;
    let own = lead.filter(|lead| {
        let delivery = lead.deliveries.get(&id.did);
        delivery.is_some_and(|delivery| caller.principal.sees_delivery(delivery))
    });
    let view = own.and_then(|lead| ReturnView::of(&lead, &id, &caller.principal, lambda::now()));
    view.map(Json).ok_or_else(|| Problem::not_found("return"))
}
