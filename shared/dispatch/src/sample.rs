//! A delivery tried on a made-up lead: the request as it would be, and, if it is sent, what is heard of it. Nothing is kept.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::{
    answer::{Answer, AnswerRules, Reading, Verdict},
    delivery::{Channel, Delivery},
    lead::Lead,
    money::Money,
};
use hyper::header::{HeaderName, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    channel::l2l,
    client::{Client, OutgoingRequest},
    exchange::MAX_KEPT_BYTES,
    render::{AttemptName, RenderError, render},
    sent::{self, Sent},
};

/// Tells the buyer that nobody stands behind the lead.
const TEST_MARK: HeaderName = HeaderName::from_static("x-volley-test");
/// Instead of a secret.
const HIDDEN: &str = "…";

/// A request as it would be made, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SampleRequest {
    /// `POST`
    pub method: String,
    /// Where to, with the query.
    pub url: String,
    /// In their order, secrets as `…`. The client adds `host` and `content-length`.
    pub headers: Vec<SampleHeader>,
    /// The whole body.
    pub body: String,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SampleHeader {
    /// In lower case.
    pub name: String,
    /// As it is sent, or `…`.
    pub value: String,
}

/// What was heard of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SampleOutcome {
    /// `answered`, `not_sent`, `no_answer`, or `taken` where nobody has to be asked.
    pub result: &'static str,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The answer as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<SampleAnswer>,
    /// What the delivery's rules make of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SampleAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body as text, up to 8 KB.
    pub body: String,
    /// There was more of the body than is shown. Of such an answer to a lead, no more than this would be kept.
    pub cut: bool,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Meaning {
    /// The rule that decided, by its place from 0; none where no rule matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
    /// `accepted`, `rejected`, `awaiting_feedback`, `retry` or `unknown`.
    pub outcome: &'static str,
    /// The price that the answer names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The buyer's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where the person would be sent on to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Why, where it is not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The request that [`send`] would make for this lead; none for a kind of delivery that makes none.
///
/// # Errors
/// [`RenderError`] when the lead does not fit the templates.
pub fn request(delivery: &Delivery, lead: &Lead, attempt: AttemptName) -> Result<Option<SampleRequest>, RenderError> {
    Ok(marked(delivery, lead, attempt)?.as_ref().map(SampleRequest::of))
}

/// Sends this lead, marked as a sample, within `at_most`, and reads the answer.
///
/// # Errors
/// [`RenderError`] when the lead does not fit the templates.
pub async fn send(
    client: &Client,
    delivery: &Delivery,
    lead: &Lead,
    attempt: AttemptName,
    at_most: Duration,
) -> Result<SampleOutcome, RenderError> {
    let (Some(mut request), Some(rules)) = (marked(delivery, lead, attempt)?, delivery.answer()) else {
        return Ok(SampleOutcome::without_answer("taken", 0, None));
    };
    request.timeout = request.timeout.min(at_most);
    let watch = Instant::now();
    let sent = client.send(request).await;
    let elapsed_ms = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(heard(sent, rules, lead, elapsed_ms))
}

/// None: its kind makes no request.
fn marked(delivery: &Delivery, lead: &Lead, attempt: AttemptName) -> Result<Option<OutgoingRequest>, RenderError> {
    let mut request = match &delivery.channel {
        Channel::Http(http) => render(&http.request, &delivery.did, lead, attempt)?,
        Channel::L2l(l2l) => l2l::sample(l2l, delivery, lead, attempt)?,
        Channel::Store(_) | Channel::Email(_) | Channel::File(_) | Channel::Transfer(_) => return Ok(None),
    };
    request.headers.push((TEST_MARK, HeaderValue::from_static("1")));
    Ok(Some(request))
}

fn heard(sent: Sent, rules: &AnswerRules, lead: &Lead, elapsed_ms: u64) -> SampleOutcome {
    match sent {
        Sent::Answered(answer) => {
            let sent::Answer { status, headers, body_start, .. } = &answer;
            let read = Answer { status: *status, headers, body: body_start };
            let meaning = Some(Meaning::of(rules.read(&read, lead.terms.currency)));
            let answer = Some(SampleAnswer::of(answer));
            SampleOutcome { result: "answered", elapsed_ms, reason: None, answer, meaning }
        }
        Sent::NotSent { why, detail } => {
            SampleOutcome::without_answer("not_sent", elapsed_ms, Some(format!("{}: {detail}", why.code())))
        }
        Sent::NoAnswer { why, detail, .. } => {
            SampleOutcome::without_answer("no_answer", elapsed_ms, Some(format!("{}: {detail}", why.code())))
        }
    }
}

impl SampleRequest {
    fn of(request: &OutgoingRequest) -> Self {
        let text = |value: &HeaderValue| match value.is_sensitive() {
            true => HIDDEN.to_owned(),
            false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        let header =
            |(name, value): &(HeaderName, HeaderValue)| SampleHeader { name: name.to_string(), value: text(value) };
        Self {
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers: request.headers.iter().map(header).collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
        }
    }
}

impl SampleOutcome {
    fn without_answer(result: &'static str, elapsed_ms: u64, reason: Option<String>) -> Self {
        Self { result, elapsed_ms, reason, answer: None, meaning: None }
    }
}

impl SampleAnswer {
    fn of(answer: sent::Answer) -> Self {
        let mut body = String::from_utf8_lossy(&answer.body_start).into_owned();
        let cut = answer.truncated || body.len() > MAX_KEPT_BYTES;
        body.truncate(body.floor_char_boundary(MAX_KEPT_BYTES));
        Self { status: answer.status, headers: answer.headers, body, cut }
    }
}

impl Meaning {
    fn of(Reading { rule, verdict }: Reading) -> Self {
        let plain = |outcome| Self { rule, outcome, price: None, reference: None, redirect_url: None, reason: None };
        match verdict {
            Verdict::Accepted { price, reference, redirect_url } => {
                Self { price, reference, redirect_url, ..plain("accepted") }
            }
            Verdict::Rejected { reason } | Verdict::Duplicate { reason } | Verdict::Unrecognised { reason } => {
                Self { reason: Some(reason), ..plain("rejected") }
            }
            Verdict::Pending { reference } => Self { reference, ..plain("awaiting_feedback") },
            Verdict::Retry { reason } => Self { reason: Some(reason), ..plain("retry") },
            Verdict::Unclear { reason } | Verdict::NoAnswer { reason } => {
                Self { reason: Some(reason), ..plain("unknown") }
            }
        }
    }
}
