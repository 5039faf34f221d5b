//! `POST /v1/leads`: takes leads in, and queues their deliveries.

use std::time::Instant;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use domain::{
    access::Principal,
    field::shown_name,
    lead::{Lead, Method},
};
use lambda::{
    auth::Caller,
    body::{IDEMPOTENCY_REPLAYED, IdempotencyKey, limited_body},
    http::Correlation,
    problem::{FieldError, Problem},
};
use serde::Serialize;
use store::{Once, StoredAnswer};
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::{
    App,
    answered::{About, Taken},
    batch::take_all_in,
    body_schema::{Lead as LeadBody, LeadOrLeads},
    form::{Post, ReadLead, from_form, from_json, not_utf8},
    live,
    receipt::{LeadReceipt, url_of},
    take_in::{Sender, suppliers_only, take_in},
    tally,
};

/// The answer to several leads, in their order.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeadReceipts {
    /// One receipt a lead.
    leads: Vec<LeadReceipt>,
}

/// Take leads in
///
/// One lead, or up to 100. A lead that breaks a rule is answered 422 with the receipt that says which; in a batch every
/// lead has its own receipt, whatever is wrong with the others, and the answer is 200. With an `Idempotency-Key` the same
/// request can be sent again for two weeks: every lead that was kept gets the same answer, and is not taken in again. What
/// was not kept (a campaign that the supplier may not post into, -18, a lead that cannot be read) is judged anew and does
/// not use the key up; after -100 or a 503, the same request brings in what is missing. With `"test": true` a lead is
/// judged, answered and kept like any other, but goes to nobody, earns nothing, and is not compared with other leads.
#[utoipa::path(
    post, path = "/v1/leads", tag = "leads",
    security(("key" = [])),
    request_body(content((LeadOrLeads = "application/json"), (LeadBody = "application/x-www-form-urlencoded"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    responses(
        (status = 201, description = "The lead is taken", body = LeadReceipt),
        (status = 200, description = "Every lead of the batch has its receipt", body = LeadReceipts),
        (
            status = 422,
            description = "The lead is rejected: a receipt, whose code is a number. Or it cannot be read, or the \
                Idempotency-Key came with another body before: a problem, whose code is a text",
            content((LeadReceipt = "application/json"), (Problem = "application/problem+json")),
        ),
        (status = 400, description = "The body cannot be read, or the path has parameters: none is taken", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "This key may not send leads", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is being answered at this moment", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor a form", body = Problem, content_type = "application/problem+json"),
        (
            status = 503, description = "It may or may not be taken in: send the same again, best with its Idempotency-Key",
            body = Problem, content_type = "application/problem+json",
        ),
    )
)]
pub(crate) async fn post_leads(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Correlation(correlation_id): Correlation,
    IdempotencyKey(key): IdempotencyKey,
    request: Request,
) -> Result<Response, Problem> {
    let started = Instant::now();
    let answer = take_post(&app, principal, key, &correlation_id, request, started).await;
    tally::post(started.elapsed());
    answer
}

async fn take_post(
    app: &App,
    principal: Principal,
    key: Option<String>,
    correlation_id: &str,
    request: Request,
    started: Instant,
) -> Result<Response, Problem> {
    if let Principal::Buyer { .. } = principal {
        return Err(suppliers_only());
    }
    takes_no_parameters(request.uri().query())?;
    let headers = request.headers().clone();
    let body = limited_body(request).await?;
    let (post, method) = read(&headers, &body)?;
    let method = if principal == Principal::Seller { Method::Manual } else { method };
    let once = key.map(|key| Once {
        principal: principal.clone(),
        key,
        request: app.dispatcher.identity.request(&String::from_utf8_lossy(&body)),
        place: None,
        open_until: None,
    });
    let sender = Sender { principal, method, now: lambda::now() };

    match post {
        Post::One(form) => take_one(app, &sender, *form, once.as_ref(), started, correlation_id).await,
        Post::Many(forms) => take_many(app, &sender, forms, once.as_ref(), correlation_id).await,
    }
}

/// Leads of a batch would wait for each other, so only one that comes alone is sold while its supplier waits.
async fn take_one(
    app: &App,
    sender: &Sender,
    form: ReadLead,
    once: Option<&Once>,
    started: Instant,
    correlation_id: &str,
) -> Result<Response, Problem> {
    let taken = match form {
        Ok(form) => take_in(app, sender, form, once).await,
        Err(errors) => Err(unreadable(errors)),
    };
    let taken = taken.inspect_err(|problem| tally::problem(problem, 1))?;
    tally::lead(&taken);
    let told = match &taken.about {
        About::New { lead, live: Some(rule) } => live::sell(app, lead, *rule, once, started, correlation_id).await?,
        About::New { lead, live: None } => {
            queue_deliveries(app, &[lead], correlation_id).await;
            None
        }
        About::NotKept { .. } | About::Earlier { .. } => None,
    };
    Ok(one_answer(told.unwrap_or(taken.answer), &taken.about))
}

async fn take_many(
    app: &App,
    sender: &Sender,
    forms: Vec<ReadLead>,
    once: Option<&Once>,
    correlation_id: &str,
) -> Result<Response, Problem> {
    let leads = forms.len();
    let taken = take_all_in(app, sender, forms, once).await.inspect_err(|problem| tally::problem(problem, leads))?;
    taken.iter().for_each(tally::lead);
    let new: Vec<&Lead> = taken.iter().filter_map(Taken::new_lead).collect();
    queue_deliveries(app, &new, correlation_id).await;
    Ok(many_answers(&taken))
}

async fn queue_deliveries(app: &App, leads: &[&Lead], correlation_id: &str) {
    app.dispatcher.queue.send_for_new(leads.iter().copied(), lambda::now(), Some(correlation_id)).await;
}

/// A parameter in the path is a member in the wrong place: with `?test=true` unread, a test would be sold.
fn takes_no_parameters(query: Option<&str>) -> Result<(), Problem> {
    let Some((name, _)) = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).next() else { return Ok(()) };
    let name = shown_name(&name);
    let detail = format!("Nothing is read from the path here: leave {name} out of it, or put it into the body.");
    let error = FieldError::new(name, "unknown_parameter", "Leave it out, or put it into the body.");
    Err(Problem::bad_request("unknown_parameter", detail).with_errors(vec![error]))
}

/// 422: what is wrong with a lead before its campaign is known.
pub(crate) fn unreadable(errors: Vec<FieldError>) -> Problem {
    Problem::unprocessable("invalid_body", "The lead cannot be read; see errors.").with_errors(errors)
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<(Post, Method), Problem> {
    let text = || std::str::from_utf8(body).map_err(|_| not_utf8());
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Ok((from_json(text()?)?, Method::Api)),
        "application/x-www-form-urlencoded" => Ok((from_form(text()?)?, Method::Form)),
        _ => Err(Problem::unsupported_media_type(
            "Send the lead as application/json or application/x-www-form-urlencoded.",
        )),
    }
}

fn one_answer(StoredAnswer { status, body }: StoredAnswer, about: &About) -> Response {
    let url = match about {
        About::New { lead, .. } => Some(url_of(lead.id)),
        About::NotKept { .. } => None,
        About::Earlier { .. } => url_in(&body),
    };
    let is_replayed = matches!(about, About::Earlier { .. });
    let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), json(), body).into_response();
    if let Some(location) = url.and_then(|url| HeaderValue::try_from(url).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    if is_replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Where the lead of an earlier receipt is.
fn url_in(receipt: &str) -> Option<String> {
    let receipt: serde_json::Value = serde_json::from_str(receipt).ok()?;
    Some(receipt.get("url")?.as_str()?.to_owned())
}

/// The receipts are stored as they were given, so the list is put together from their bytes.
fn many_answers(taken: &[Taken]) -> Response {
    let receipts: Vec<&str> = taken.iter().map(|taken| taken.answer.body.as_str()).collect();
    let body = format!("{{\"leads\":[{}]}}", receipts.join(","));
    let mut response = (StatusCode::OK, json(), body).into_response();
    if taken.iter().all(Taken::is_replayed) {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

fn json() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, "application/json")]
}
