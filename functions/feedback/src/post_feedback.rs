//! `POST /v1/feedback`: what somebody says of a lead that it got from us, or that we got from it.

use axum::{
    Json,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderValue, header::RETRY_AFTER},
};
use domain::{
    delivery::Delivery,
    feedback::{Event, EventKind, TOO_EARLY},
    id::{DeliveryRef, LeadId},
};
use lambda::{Problem, body::read_json, http::Correlation};
use serde::{Deserialize, Serialize};
use store::SaidOfLead;
use utoipa::ToSchema;

use crate::{
    App,
    hear::{Heard, Hearing},
    signed::{Signed, secrets_of_delivery, secrets_of_supplier},
};

/// Seconds after which what was too early is to be said again.
const SOON_S: &str = "5";

/// Which delivery it is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedbackQuery {
    did: Option<DeliveryRef>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackResult {
    /// The lead.
    lead_ref: LeadId,
    /// What was said.
    event: EventKind,
    /// `applied`; `already`, when it was known. Of a return: `returned`, `requested` where the seller decides, or why not: `already_returned`,
    /// `not_sold`, `window_expired`, `reason_not_allowed`, `over_cap`. Of others, why not: `too_late`, `contradicts`, `other_round`, `not_sold`,
    /// `wrong_currency`, `below_least`, `revenue_required`. `noted`, of a return that its supplier refuses; `contradicts`, where nothing was taken back.
    result: String,
    /// Why nothing came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// It had been said before, under the same id; this is what came of it then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    replayed: bool,
}

/// Say what became of a lead
///
/// For whoever got a lead by a delivery: another installation of this system, or a buyer. Signed as
/// [Standard Webhooks](https://www.standardwebhooks.com) has it, with `webhook-id`, `webhook-timestamp` and `webhook-signature`, and the secret
/// of the delivery's other installation, or of the buyer's webhooks.
///
/// `sold` and `unsold` decide a delivery that awaits that, or of which nobody knows. `returned` takes a sale back, on its terms.
/// `contacted`, `converted` and `not_reached` say how far a buyer has got with a lead that it has. What contradicts what is known is noted and not
/// done, and the seller is told. Each is answered 200 with what came of it; only that of which nothing is known yet, as the request
/// that brought the lead is still under way, is answered 409 `too_early`, to be said again.
///
/// Safe to send again: under the same `webhook-id`, what was done is not done again.
#[utoipa::path(
    post,
    path = "/v1/feedback",
    tag = "feedback",
    params(
        ("did" = Option<String>, Query, description = "The delivery by which the lead was given. Without it, the lead is one that you sent."),
        ("webhook-id" = String, Header, description = "What tells this event apart; the same when it is sent again. Up to 128 characters, without dots and #."),
        ("webhook-timestamp" = i64, Header, description = "When it is sent, in seconds since 1970; five minutes off at most."),
        ("webhook-signature" = String, Header, description = "`v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`; several with blanks between them.")
    ),
    request_body = Event,
    responses(
        (status = 200, description = "What came of it.", body = FeedbackResult),
        (status = 401, description = "It is not signed as it should be.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such lead that is yours to speak of.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`too_early`: say it again in a moment. `webhook_id_reused`: the id was used for another event. `too_much_said`: no more is kept of how far you have got with this lead, or of refusals; `sold`, `unsold` and `returned` are taken all the same.", body = Problem, content_type = "application/problem+json"),
        Problem
    )
)]
pub(crate) async fn post_feedback(
    State(app): State<App>,
    query: Result<Query<FeedbackQuery>, QueryRejection>,
    Correlation(correlation_id): Correlation,
    request: Request,
) -> Result<Json<FeedbackResult>, Problem> {
    let Query(query) = query.map_err(|_| {
        Problem::bad_request("invalid_query", "Name the delivery by ?did=, or nothing for a lead that you sent.")
    })?;
    let (signed, now) = (Signed::read(request).await?, lambda::now());
    let heard = match &query.did {
        Some(did) => {
            let delivery = app.dispatcher.store.cached::<Delivery>(did.as_str()).await?;
            let secrets = secrets_of_delivery(&app.dispatcher.store, delivery.as_deref(), now).await?;
            signed.verify(&secrets, now)?;
            let delivery = delivery.ok_or_else(not_yours)?;
            let event = event(&signed)?;
            let lead = event.lead_ref.parse().map_err(|_| not_yours())?;
            let hearing =
                Hearing { app: &app, lead, id: &signed.id, event: &event, correlation_id: &correlation_id, now };
            hearing.by_delivery(&delivery).await?
        }
        None => {
            // Whose it is follows from the lead, which is looked at before the signature; of either nothing is told.
            let event = event(&signed);
            let lead = event.as_ref().ok().and_then(|event| event.lead_ref.parse::<LeadId>().ok());
            let lead = match lead {
                Some(lead) => app.dispatcher.store.lead(lead).await?,
                None => None,
            };
            let secrets = secrets_of_supplier(&app.dispatcher.store, lead.as_ref(), now).await?;
            signed.verify(&secrets, now)?;
            let (event, lead) = (event?, lead.ok_or_else(not_yours)?);
            let hearing = Hearing {
                app: &app,
                lead: lead.id,
                id: &signed.id,
                event: &event,
                correlation_id: &correlation_id,
                now,
            };
            hearing.by_supplier(&lead).await?
        }
    };
    answer(heard)
}

/// 404, whether there is such a lead or not.
pub(crate) fn not_yours() -> Problem {
    Problem::not_found("such lead that is yours to speak of")
}

fn event(signed: &Signed) -> Result<Event, Problem> {
    read_json::<Event>(&signed.body)?.checked().map_err(Problem::invalid)
}

fn answer(Heard { lead, said, replayed }: Heard) -> Result<Json<FeedbackResult>, Problem> {
    let SaidOfLead { event, result, detail, .. } = said;
    if result == TOO_EARLY {
        let detail = detail.unwrap_or_default();
        return Err(Problem::conflict(TOO_EARLY, detail).with_header(RETRY_AFTER, HeaderValue::from_static(SOON_S)));
    }
    Ok(Json(FeedbackResult { lead_ref: lead, event, result, detail, replayed }))
}
