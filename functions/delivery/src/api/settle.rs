//! `POST /v1/leads/{id}/deliveries/{did}/settle`: the seller's word on a delivery that is undecided.

use axum::{Json, extract::State};
use dispatch::{decide::DecideError, deliver::DeliverError};
use domain::{
    id::{BuyerRef, DeliveryRef, LeadId},
    lead::{DeliveryState, IllegalTransition, Lead, LeadDelivery},
    money::Money,
    time::rfc3339,
};
use lambda::{
    Problem,
    auth::Seller,
    body::ApiJson,
    http::{Correlation, Named},
    problem::FieldError,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    App,
    settlement::{NO_BUYER, REVENUE_REQUIRED, SettleForm, WRONG_CURRENCY},
};

/// A delivery that is settled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettledDelivery {
    lead_id: LeadId,
    did: DeliveryRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// `accepted` or `rejected`.
    state: &'static str,
    /// When it was settled.
    since: String,
    /// What the buyer pays, if it is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<Money>,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Settles an undecided delivery
///
/// For a delivery in the state `unknown`: a request was made, and nobody can tell from its answer whether the buyer has the
/// lead, or at which price. And for one in the state `awaiting_feedback`: the buyer has it, and has not decided. Ask the buyer,
/// and say here what it says. If it is `sold`, the sale counts from now, at the price that was
/// agreed when the request was made, unless you name another. If it is `unsold`, the next delivery in line gets the lead.
///
/// Safe to send again: what is accepted or rejected already, by you or by the buyer, stays so, and is answered as the first time.
/// Another decision is 409 `settled_otherwise`; a delivery of another state, 409 `not_awaited`.
#[utoipa::path(
    post,
    path = "/v1/leads/{id}/deliveries/{did}/settle",
    tag = "leads",
    params(
        ("id" = String, Path, description = "The lead's id."),
        ("did" = String, Path, description = "The delivery's reference.")
    ),
    request_body = SettleForm,
    responses((status = 200, body = SettledDelivery), Problem),
    security(("key" = []))
)]
pub(crate) async fn settle_delivery(
    State(app): State<App>,
    Seller(caller): Seller,
    Named((lead_id, did)): Named<(LeadId, DeliveryRef)>,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<SettleForm>,
) -> Result<Json<SettledDelivery>, Problem> {
    let settlement = form.read()?;
    let decided = app
        .dispatcher
        .decide(lead_id, Some(&caller.actor()), lambda::now(), Some(&correlation_id), |lead, now| {
            settlement.of(lead, &did, now)
        })
        .await
        .map_err(problem)?;
    let lead = decided.ok_or_else(|| Problem::not_found("lead"))?;
    let settled = lead.delivery(&did).map_err(refused)?;
    tracing::info!(lead_id = %lead.id, %did, state = settled.state.word(), "settled by the seller");
    Ok(Json(SettledDelivery::new(&lead, &did, settled)))
}

impl SettledDelivery {
    fn new(lead: &Lead, did: &DeliveryRef, settled: &LeadDelivery) -> Self {
        let sale = settled.sale();
        let reason = if let DeliveryState::Rejected { reason } = &settled.state { Some(reason) } else { None };
        Self {
            lead_id: lead.id,
            did: did.clone(),
            bid: settled.bid.clone(),
            state: settled.state.word(),
            since: rfc3339(settled.since),
            revenue: sale.map(|sale| sale.price),
            reason: reason.cloned(),
        }
    }
}

fn problem(error: DecideError) -> Problem {
    match error {
        DecideError::Refused(why) => refused(why),
        DecideError::Failed(DeliverError::Store(error)) => error.into(),
        DecideError::Failed(DeliverError::Conflicts) => Problem::try_again(),
        DecideError::Failed(error @ (DeliverError::NothingToSend | DeliverError::Illegal(_))) => {
            Problem::broken(&error)
        }
    }
}

/// What the lead as it is does not allow.
fn refused(why: IllegalTransition) -> Problem {
    match why.code {
        "no_such_delivery" => Problem::not_found("such delivery of this lead"),
        WRONG_CURRENCY | REVENUE_REQUIRED | NO_BUYER => {
            let finding = FieldError::new("revenue", why.code, why.detail.clone());
            Problem::unprocessable(why.code, why.detail).with_errors([finding])
        }
        code => Problem::conflict(code, why.detail),
    }
}
