//! From a delivery's set-up and a lead to the request that carries it.

mod body;

use std::{collections::BTreeMap, time::Duration};

use domain::{
    delivery::{Auth, Method, RequestRule},
    id::{AttemptId, DeliveryRef},
    lead::Lead,
    template::{TemplateError, ValueTemplate, lead_values},
    time::rfc3339,
};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::client::OutgoingRequest;

/// What tells a buyer that two requests are the same. It stays over retries, so that one that was taken although its
/// answer was lost is not taken twice.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Why a request cannot be made. Details name the field, and never repeat a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A template does not fit this lead.
    #[error("the template of {name} cannot be filled in: {source}")]
    Template {
        /// The field or header, or `body`.
        name: String,
        /// Why.
        source: TemplateError,
    },
    /// A value cannot be in a header.
    #[error("the value of header {name} has a line break or another character that headers cannot carry")]
    Header {
        /// The header.
        name: String,
    },
    /// Two field names cannot be in one object.
    #[error("the field {name} is both a value and an object")]
    Nesting {
        /// The field.
        name: String,
    },
    /// A value cannot be in XML.
    #[error("the value of {name} has a control character that XML cannot carry")]
    Xml {
        /// The field, or the part of its name that stands in its object.
        name: String,
    },
}

/// One request of a delivery, by number and id.
#[derive(Clone, Copy, Debug)]
pub struct AttemptName {
    /// The same when the same request is made again.
    pub id: AttemptId,
    /// Among the delivery's requests for the lead, from 1.
    pub number: u32,
    /// The round it belongs to.
    pub round: u32,
    /// When it is made.
    pub at: Timestamp,
}

/// Makes the request. The same attempt makes the same bytes again, but for what its templates say of number and time.
///
/// # Errors
/// [`RenderError`]; trying again does not help.
pub fn render(
    rule: &RequestRule,
    did: &DeliveryRef,
    lead: &Lead,
    attempt: AttemptName,
) -> Result<OutgoingRequest, RenderError> {
    request(rule, &idempotency_key(lead, did, attempt.round), &values(lead, attempt))
}

/// Makes a request of something else than a delivery: under this key, of these values.
///
/// # Errors
/// [`RenderError`]; trying again does not help.
pub(crate) fn request(rule: &RequestRule, key: &str, values: &Value) -> Result<OutgoingRequest, RenderError> {
    let written = body::write(&rule.body, filled(&rule.fields, values)?, values)?;
    let mut headers = Vec::new();
    if let Some(content_type) = rule.body.content_type() {
        headers.push((CONTENT_TYPE, header("Content-Type", content_type)?));
    }
    headers.push((IDEMPOTENCY_KEY, header("Idempotency-Key", key)?));
    headers.extend(authorization(&rule.auth)?);
    for (name, value) in rule.secret_headers.iter() {
        headers.push((header_name(name)?, secret(name, value)?));
    }
    for (name, value) in filled(&rule.headers, values)? {
        headers.push((header_name(&name)?, header(&name, &value)?));
    }
    Ok(OutgoingRequest {
        method: method(rule.method),
        url: with_query(&rule.url, &written.query),
        headers,
        body: written.body,
        timeout: Duration::from_millis(rule.timeout_ms.into()),
    })
}

pub(crate) fn idempotency_key(lead: &Lead, did: &DeliveryRef, round: u32) -> String {
    format!("{}-{did}-{round}", lead.id)
}

/// What templates see.
pub(crate) fn values(lead: &Lead, attempt: AttemptName) -> Value {
    let mut values = lead_values(lead);
    let attempt = json!({ "id": attempt.id.to_string(), "number": attempt.number, "at": rfc3339(attempt.at) });
    values.insert("attempt".to_owned(), attempt);
    Value::Object(values)
}

pub(crate) fn filled(
    templates: &BTreeMap<String, ValueTemplate>,
    values: &Value,
) -> Result<BTreeMap<String, String>, RenderError> {
    let fill = |(name, template): (&String, &ValueTemplate)| match template.render(values) {
        Ok(value) => Ok((name.clone(), value)),
        Err(source) => Err(RenderError::Template { name: name.clone(), source }),
    };
    templates.iter().map(fill).collect()
}

fn method(method: Method) -> hyper::Method {
    match method {
        Method::Get => hyper::Method::GET,
        Method::Post => hyper::Method::POST,
        Method::Put => hyper::Method::PUT,
        Method::Patch => hyper::Method::PATCH,
    }
}

/// The endpoint, with the fields after what its query has already.
fn with_query(url: &Url, query: &BTreeMap<String, String>) -> Url {
    let mut url = url.clone();
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

fn authorization(auth: &Auth) -> Result<Option<(HeaderName, HeaderValue)>, RenderError> {
    let text = match auth {
        Auth::None => return Ok(None),
        Auth::Basic { username, password } => {
            let pair = format!("{username}:{}", password.as_deref().unwrap_or_default());
            format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair))
        }
        Auth::Bearer { token } => format!("Bearer {}", token.as_deref().unwrap_or_default()),
    };
    Ok(Some((AUTHORIZATION, secret("Authorization", &text)?)))
}

/// A value that is not shown.
pub(crate) fn secret(name: &str, value: &str) -> Result<HeaderValue, RenderError> {
    let mut value = header(name, value)?;
    value.set_sensitive(true);
    Ok(value)
}

pub(crate) fn header(name: &str, value: &str) -> Result<HeaderValue, RenderError> {
    HeaderValue::from_str(value).map_err(|_| RenderError::Header { name: name.to_owned() })
}

fn header_name(name: &str) -> Result<HeaderName, RenderError> {
    HeaderName::try_from(name).map_err(|_| RenderError::Header { name: name.to_owned() })
}
