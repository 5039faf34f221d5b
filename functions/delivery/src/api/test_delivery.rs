//! `POST /v1/deliveries/{did}/test`: a delivery tried on a made-up lead.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State};
use dispatch::{
    render::{AttemptName, RenderError},
    sample::{self, SampleOutcome, SampleRequest},
};
use domain::{campaign::Campaign, delivery::Delivery, id::DeliveryRef};
use lambda::{Problem, auth::Seller, body::ApiJson, http::Named, problem::FieldError, record::present};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;

/// Whoever tries a delivery gets an answer within the time that an HTTP function has.
const AT_MOST: Duration = Duration::from_secs(20);

/// How a delivery is to be tried.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TestForm {
    /// Fields of the sample lead; what is not given is made up.
    #[schema(required = false)]
    fields: BTreeMap<String, String>,
    /// The request is made, with the header `x-volley-test: 1`. Otherwise it is only shown.
    #[schema(required = false)]
    send: bool,
}

/// What a delivery does with the sample lead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryTest {
    did: DeliveryRef,
    /// The request, with secrets as `…`; none for a kind of delivery that makes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<SampleRequest>,
    /// What came back, and what the delivery's rules make of it; only if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<SampleOutcome>,
}

/// Try a delivery
///
/// Renders the delivery's request for a sample lead and, if asked, sends it with the header `x-volley-test: 1` and shows the
/// raw answer with what the delivery's rules make of it. Nothing is kept: no lead, no sale, no count against caps. Works
/// for deliveries that are switched off, too. Deliveries that make no HTTP request have nothing to show.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{did}/test",
    tag = "deliveries",
    params(("did" = String, Path, description = "The delivery's reference.")),
    request_body = TestForm,
    responses((status = 200, body = DeliveryTest), Problem),
    security(("key" = []))
)]
pub(crate) async fn test_delivery(
    State(app): State<App>,
    _: Seller,
    Named(did): Named<DeliveryRef>,
    ApiJson(form): ApiJson<TestForm>,
) -> Result<Json<DeliveryTest>, Problem> {
    let store = &app.dispatcher.store;
    let delivery = present::<Delivery>(store, did.as_str()).await?.record;
    let campaign = present::<Campaign>(store, delivery.campid.as_str()).await?.record;
    let now = lambda::now();
    let lead = domain::sample::lead(&campaign, &form.fields, lambda::new_lead_id(), now).map_err(unfit)?;
    let attempt = AttemptName { id: lambda::new_attempt_id(), number: 1, round: 1, at: now };
    let request = sample::request(&delivery, &lead, attempt).map_err(|error| unrendered(&error))?;
    let outcome = match form.send && request.is_some() {
        true => {
            let sent = sample::send(&app.dispatcher.client, &delivery, &lead, attempt, AT_MOST).await;
            Some(sent.map_err(|error| unrendered(&error))?)
        }
        false => None,
    };
    Ok(Json(DeliveryTest { did: delivery.did, request, outcome }))
}

/// 422: the given fields break rules of the campaign.
fn unfit(problems: Vec<domain::field::FieldProblem>) -> Problem {
    let errors = problems.into_iter().map(|one| FieldError::new(format!("fields.{}", one.field), one.code, one.detail));
    Problem::unprocessable("invalid_body", "The sample's fields break rules of the campaign; see errors.")
        .with_errors(errors.collect::<Vec<_>>())
}

/// 422: what is set up cannot be applied to this lead.
fn unrendered(error: &RenderError) -> Problem {
    Problem::unprocessable("cannot_be_rendered", format!("The request cannot be made for this lead: {error}."))
}
