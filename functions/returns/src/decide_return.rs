//! `POST /v1/returns/{id}/approve`, `…/reject`, `…/undo`: the seller's word on one return.

use axum::{Json, extract::State};
use domain::{access::Principal, lead::Actor, returned::ReturnId};
use lambda::{
    Problem,
    auth::Seller,
    body::ApiJson,
    http::{Correlation, Named},
};
use serde::Deserialize;
use store::Decided;
use utoipa::ToSchema;

use crate::{
    App,
    decision::{Decision, DecisionWord},
    return_view::ReturnView,
};

/// How a return is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveForm {
    /// Whether the supplier gives back what it earned with the sale; without it, as was foreseen when the return was asked for.
    reverse_payout: Option<bool>,
}

/// Why a return is refused, or undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhyForm {
    /// In up to 200 characters on one line. The buyer reads it.
    reason: String,
}

/// Approve a return
///
/// The sale is taken back: the buyer no longer owes it, and the supplier gives back what it earned, if that is so agreed or said
/// here. Safe to send again.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/approve",
    tag = "returns",
    params(("id" = String, Path, description = "The return's id.")),
    request_body = ApproveForm,
    responses((status = 200, body = ReturnView), Problem),
    security(("key" = []))
)]
pub(crate) async fn approve_return(
    State(app): State<App>,
    Seller(caller): Seller,
    Named(id): Named<ReturnId>,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<ApproveForm>,
) -> Result<Json<ReturnView>, Problem> {
    let decision = Decision::Approve { reverse_payout: form.reverse_payout };
    decided(&app, &id, &decision, &caller.actor(), &correlation_id).await
}

/// Reject a return
///
/// The sale stands, and the buyer is told why. It may ask again. Safe to send again.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/reject",
    tag = "returns",
    params(("id" = String, Path, description = "The return's id.")),
    request_body = WhyForm,
    responses((status = 200, body = ReturnView), Problem),
    security(("key" = []))
)]
pub(crate) async fn reject_return(
    State(app): State<App>,
    Seller(caller): Seller,
    Named(id): Named<ReturnId>,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<WhyForm>,
) -> Result<Json<ReturnView>, Problem> {
    decided(&app, &id, &explained(DecisionWord::Reject, &form)?, &caller.actor(), &correlation_id).await
}

/// Undo a return
///
/// A sale that was taken back stands again, with entries of its own: the buyer owes it, and the supplier is given its payout again,
/// unless a later sale of the lead has earned it once more. Not while others have the lead in its place (409 `sold_again`). Safe to
/// send again.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/undo",
    tag = "returns",
    params(("id" = String, Path, description = "The return's id.")),
    request_body = WhyForm,
    responses((status = 200, body = ReturnView), Problem),
    security(("key" = []))
)]
pub(crate) async fn undo_return(
    State(app): State<App>,
    Seller(caller): Seller,
    Named(id): Named<ReturnId>,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<WhyForm>,
) -> Result<Json<ReturnView>, Problem> {
    decided(&app, &id, &explained(DecisionWord::Undo, &form)?, &caller.actor(), &correlation_id).await
}

fn explained(word: DecisionWord, form: &WhyForm) -> Result<Decision, Problem> {
    Decision::read(word, Some(&form.reason), None, str::to_owned).map_err(|finding| Problem::invalid([finding]))
}

async fn decided(
    app: &App,
    id: &ReturnId,
    decision: &Decision,
    by: &Actor,
    correlation_id: &str,
) -> Result<Json<ReturnView>, Problem> {
    match decision.carry_out(app, id, by, correlation_id).await? {
        Decided::Done(lead) => {
            let view = ReturnView::of(&lead, id, &Principal::Seller, lambda::now());
            view.map(Json).ok_or_else(|| Problem::not_found("return"))
        }
        Decided::NotFound => Err(Problem::not_found("return")),
        Decided::Refused(why) if why.code == "no_such_return" => Err(Problem::not_found("return")),
        Decided::Refused(why) => Err(Problem::conflict(why.code, why.detail)),
    }
}
