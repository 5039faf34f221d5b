//! `POST /v1/returns`: sales that a buyer, or the seller for it, wants taken back.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::access::Principal;
use lambda::{
    Problem,
    auth::Caller,
    body::{ApiJson, IdempotencyKey, marked_replayed},
    http::Correlation,
};
use serde::Serialize;
use store::{Order, OrderKind};
use utoipa::ToSchema;

use crate::{
    App,
    claims::{Claiming, ReturnOutcomeView, carry_out},
    return_form::{ReturnForm, ReturnOrReturns},
};

/// What became of each return, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
struct ReturnOutcomes {
    items: Vec<ReturnOutcomeView>,
}

/// Return sales
///
/// One, or up to 100 at a time, each judged by itself. A buyer returns what it bought, on the terms that held when it bought it:
/// within the window, for a reason that they allow, up to its share of the month's sales; it takes effect at once, or once the seller
/// approves. The seller's own returns take effect at once, on no terms but the reason codes. A lead that was sold to several wants
/// the buyer or the delivery named; nothing is guessed.
///
/// One return is answered 201 if it was done (`returned`, `requested`), and 422 with the same body if not; several are answered 200,
/// with what became of each. Safe to send again: what is returned is not returned twice (`already_returned`), and with the same
/// `Idempotency-Key` the answer is that of the first time.
#[utoipa::path(
    post,
    path = "/v1/returns",
    tag = "returns",
    params(("Idempotency-Key" = Option<String>, Header, description = "Marks a repeated request; see the answer's Idempotency-Replayed.")),
    request_body = ReturnOrReturns,
    responses(
        (status = 201, description = "The one return was done.", body = ReturnOutcomeView),
        (status = 200, description = "What became of each of several.", body = ReturnOutcomes),
        (
            status = 422,
            description = "The one return was not done, and why; or the body cannot be read, or the Idempotency-Key came with another body before: a problem.",
            content((ReturnOutcomeView = "application/json"), (Problem = "application/problem+json")),
        ),
        Problem,
    ),
    security(("key" = []))
)]
pub(crate) async fn post_returns(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<ReturnOrReturns>,
) -> Result<Response, Problem> {
    if matches!(caller.principal, Principal::Supplier { .. }) {
        return Err(Problem::forbidden("not_yours", "Leads are returned by those who bought them, or by the seller."));
    }
    let (forms, is_alone) = form.read(&caller.principal)?;
    let order = key.0.map(|key| app.identity.idempotency_key(&key));
    let claiming = Claiming { caller: &caller, order: order.as_deref(), correlation_id: &correlation_id };

    let (outcomes, is_repeated) = match claiming.order {
        None => (carry_out(&app, claiming, &forms).await?, false),
        Some(order) => once(&app, claiming, order, &forms).await?,
    };
    Ok(marked_replayed(answer(outcomes, is_alone), is_repeated))
}

/// A request that may come again is answered as the first time. Whoever dies of it leaves the rest to who comes again: what is
/// done already is known in its lead by the name of the claim.
async fn once(
    app: &App,
    claiming: Claiming<'_>,
    order: &str,
    forms: &[ReturnForm],
) -> Result<(Vec<ReturnOutcomeView>, bool), Problem> {
    let says = serde_json::to_string(forms).map_err(|error| Problem::broken(&error))?;
    let says = app.identity.request(&says);
    let (kind, caller) = (OrderKind::Returns, &claiming.caller.principal);
    let begun = Order { id: order.to_owned(), says: says.clone(), outcomes: Vec::new(), is_done: false };
    let kept: Order<ReturnOutcomeView> = app.store.begin_order(kind, caller, begun).await?;
    if kept.says != says {
        return Err(Problem::idempotency_key_reused());
    }
    if kept.is_done {
        return Ok((kept.outcomes, true));
    }
    let outcomes = carry_out(app, claiming, forms).await?;
    let done = app.store.end_order(kind, caller, Order { outcomes, ..kept }).await?;
    Ok((done.outcomes, false))
}

fn answer(mut outcomes: Vec<ReturnOutcomeView>, is_alone: bool) -> Response {
    match outcomes.pop() {
        Some(one) if is_alone => {
            let is_done = one.outcome.is_done();
            let status = if is_done { StatusCode::CREATED } else { StatusCode::UNPROCESSABLE_ENTITY };
            (status, Json(one)).into_response()
        }
        last => {
            outcomes.extend(last);
            Json(ReturnOutcomes { items: outcomes }).into_response()
        }
    }
}
