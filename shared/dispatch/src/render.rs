//! From a delivery's set-up and a lead to the request that carries it.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    delivery::{Auth, BodyFormat, Delivery},
    id::{AttemptId, DeliveryRef},
    lead::Lead,
    template::{TemplateError, ValueTemplate},
    time::rfc3339,
};
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Map, Value, json};

use crate::client::OutgoingRequest;

/// What tells a buyer that two requests are the same. It stays over retries, so that one that was taken although its
/// answer was lost is not taken twice.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Why a request cannot be made. Details name the field, and never repeat a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A template does not fit this lead.
    #[error("the template of {name} cannot be filled in: {source}")]
    Template {
        /// The field or header.
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
    /// Two field names cannot be in one JSON object.
    #[error("the field {name} is both a value and an object")]
    Nesting {
        /// The field.
        name: String,
    },
}

/// One request of a delivery, by number and id.
#[derive(Clone, Copy, Debug)]
pub struct AttemptName {
    /// Its id.
    pub id: AttemptId,
    /// Its number, from 1.
    pub number: u32,
    /// The round it belongs to.
    pub round: u32,
}

/// Makes the request.
///
/// # Errors
/// [`RenderError`]; trying again does not help.
pub fn render(delivery: &Delivery, lead: &Lead, attempt: AttemptName) -> Result<OutgoingRequest, RenderError> {
    let values = values(lead, attempt);
    let fields = filled(&delivery.request.fields, &values)?;
    let (content_type, body) = match delivery.request.body {
        BodyFormat::Json => ("application/json", nested(fields)?.to_string().into_bytes()),
        BodyFormat::Form => ("application/x-www-form-urlencoded", form(&fields).into_bytes()),
    };
    let mut headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (IDEMPOTENCY_KEY, header("Idempotency-Key", &idempotency_key(lead, &delivery.did, attempt.round))?),
    ];
    headers.extend(authorization(&delivery.request.auth)?);
    for (name, value) in filled(&delivery.request.headers, &values)? {
        let value = header(&name, &value)?;
        headers.push((HeaderName::try_from(&name).map_err(|_| RenderError::Header { name })?, value));
    }
    let timeout = Duration::from_millis(delivery.request.timeout_ms.into());
    Ok(OutgoingRequest { method: Method::POST, url: delivery.request.url.clone(), headers, body, timeout })
}

fn idempotency_key(lead: &Lead, did: &DeliveryRef, round: u32) -> String {
    format!("{}-{did}-{round}", lead.id)
}

/// What templates see.
fn values(lead: &Lead, attempt: AttemptName) -> Value {
    let mut own: Map<String, Value> =
        lead.fields.iter().map(|(name, value)| (name.to_string(), Value::from(value.as_str()))).collect();
    own.insert("id".to_owned(), lead.id.to_string().into());
    own.insert("received".to_owned(), rfc3339(lead.received).into());
    own.insert("source".to_owned(), lead.source.as_deref().unwrap_or_default().into());
    json!({
        "lead": own,
        "attempt": { "id": attempt.id.to_string(), "number": attempt.number },
        "campaign": lead.campid.as_str(),
        "supplier": lead.sid.as_str(),
        "source": lead.source.as_deref().unwrap_or_default(),
    })
}

fn filled(
    templates: &BTreeMap<String, ValueTemplate>,
    values: &Value,
) -> Result<BTreeMap<String, String>, RenderError> {
    let fill = |(name, template): (&String, &ValueTemplate)| match template.render(values) {
        Ok(value) => Ok((name.clone(), value)),
        Err(source) => Err(RenderError::Template { name: name.clone(), source }),
    };
    templates.iter().map(fill).collect()
}

/// `{"contact.email": "x"}` as `{"contact": {"email": "x"}}`.
fn nested(fields: BTreeMap<String, String>) -> Result<Value, RenderError> {
    let mut root = Map::new();
    for (name, value) in fields {
        let collision = || RenderError::Nesting { name: name.clone() };
        let (path, last) = name.rsplit_once('.').map_or((None, name.as_str()), |(path, last)| (Some(path), last));
        let mut object = &mut root;
        for step in path.into_iter().flat_map(|path| path.split('.')) {
            let inner = object.entry(step).or_insert_with(|| Value::Object(Map::new()));
            object = inner.as_object_mut().ok_or_else(collision)?;
        }
        if object.insert(last.to_owned(), Value::String(value)).is_some() {
            return Err(collision());
        }
    }
    Ok(Value::Object(root))
}

fn form(fields: &BTreeMap<String, String>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
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
    let mut value = header("Authorization", &text)?;
    value.set_sensitive(true);
    Ok(Some((AUTHORIZATION, value)))
}

fn header(name: &str, value: &str) -> Result<HeaderValue, RenderError> {
    HeaderValue::from_str(value).map_err(|_| RenderError::Header { name: name.to_owned() })
}
