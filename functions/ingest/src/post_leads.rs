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
use domain::{access::Principal, field::shown_name, lead::Method};
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
    answered::Taken,
    batch::take_all_in,
    body_schema::{Lead as LeadBody, LeadOrLeads},
    form::{Post, from_form, from_json, not_utf8},
    live,
    receipt::LeadReceipt,
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
    let request = String::from_utf8_lossy(&body).into_owned();
    let once = key.map(|key| Once { principal: principal.clone(), key, request, place: None, open_until: None });
    let sender = Sender { principal, method, now: lambda::now() };

    let (taken, leads, is_batch) = match post {
        Post::One(form) => match *form {
            Ok(form) => (take_in(app, &sender, form, once.as_ref()).await.map(|taken| vec![taken]), 1, false),
            Err(errors) => (Err(unreadable(errors)), 1, false),
        },
        Post::Many(forms) => {
            let leads = forms.len();
            (take_all_in(app, &sender, forms, once.as_ref()).await, leads, true)
        }
    };
    let taken = taken.inspect_err(|problem| tally::problem(problem, leads))?;
    tally::leads(&taken);
    let taken = sold_live(app, taken, once.as_ref(), started, correlation_id).await?;
    queue_deliveries(app, &taken, correlation_id).await;
    Ok(if is_batch { many_answers(&taken) } else { one_answer(taken) })
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

/// Sells what its campaign wants sold while the supplier waits: never more than one lead, as those of a batch would wait
/// for each other.
async fn sold_live(
    app: &App,
    taken: Vec<Taken>,
    once: Option<&Once>,
    started: Instant,
    correlation_id: &str,
) -> Result<Vec<Taken>, Problem> {
    let mut sold = Vec::with_capacity(taken.len());
    for one in taken {
        sold.push(live::sell(app, one, once, started, correlation_id).await?);
    }
    Ok(sold)
}

/// Sends the messages of leads that are not on their way yet.
async fn queue_deliveries(app: &App, taken: &[Taken], correlation_id: &str) {
    let leads = taken.iter().filter(|taken| !taken.is_on_its_way).filter_map(|taken| taken.lead.as_deref());
    app.dispatcher.queue.send_for_new(leads, lambda::now(), Some(correlation_id)).await;
}

fn one_answer(taken: Vec<Taken>) -> Response {
    let Some(Taken { answer: StoredAnswer { status, body }, replayed, .. }) = taken.into_iter().next() else {
        return Problem::internal().into_response();
    };
    let location = location(&body);
    let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), json(), body).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    if replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Where the lead is, as its receipt says, so that a replayed answer has it too.
fn location(receipt: &str) -> Option<HeaderValue> {
    let receipt: serde_json::Value = serde_json::from_str(receipt).ok()?;
    HeaderValue::try_from(receipt.get("url")?.as_str()?).ok()
}

/// The receipts are stored as they were given, so the list is put together from their bytes.
fn many_answers(taken: &[Taken]) -> Response {
    let receipts: Vec<&str> = taken.iter().map(|taken| taken.answer.body.as_str()).collect();
    let body = format!("{{\"leads\":[{}]}}", receipts.join(","));
    let mut response = (StatusCode::OK, json(), body).into_response();
    if taken.iter().all(|taken| taken.replayed) {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

fn json() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, "application/json")]
}
