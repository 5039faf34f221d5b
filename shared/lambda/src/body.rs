//! Reading request bodies and the `Idempotency-Key`, with problems that name what is wrong.

mod shape;

use std::borrow::Cow;

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::Response,
};
use domain::access::Principal;
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};
use store::Identity;
use ulid::Ulid;
use utoipa::ToSchema;

use crate::{Problem, problem::FieldError, random::new_draw};

/// Some programs begin a text with these bytes; they say nothing about what follows.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// The largest body that is read, in bytes; also what one lead with all its fields can be.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// The header that marks a request as the same as an earlier one.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that marks an answer as the one given before.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Most characters of an idempotency key.
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// A JSON body, of the shape that its type describes to OpenAPI.
#[derive(Clone, Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned + ToSchema, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("Send JSON, with Content-Type: application/json."));
        }
        read_json(&limited_body(request).await?).map(Self)
    }
}

/// The whole body of a request.
///
/// # Errors
/// 413 when it is larger than [`MAX_BODY_BYTES`].
pub async fn limited_body(request: Request) -> Result<Bytes, Problem> {
    // The body is in memory already when the function is called, so the limit is the only thing that can fail.
    to_bytes(request.into_body(), MAX_BODY_BYTES)
        .await
        .map_err(|_| Problem::too_large(format!("Send at most {MAX_BODY_BYTES} bytes.")))
}

/// Reads JSON.
///
/// # Errors
/// 400 `invalid_json` when it is none, with line and column; 422 `invalid_body` when it says something else than asked
/// for, with the path of the field.
pub fn read_json<T: DeserializeOwned + ToSchema>(body: &[u8]) -> Result<T, Problem> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let value: Value = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    if let Some(finding) = shape::misfit::<T>(&value) {
        return Err(not_asked_for(finding));
    }
    // From the text once more: a value has no repeated members.
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(|error| {
        match error.inner().classify() {
            Category::Syntax | Category::Eof | Category::Io => not_json(error.inner()),
            Category::Data => not_asked_for(data_error(&error.path().to_string(), error.inner(), &value)),
        }
    })
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let detail = format!("The body is not valid JSON: look at line {line}, column {column}.");
    Problem::bad_request("invalid_json", detail)
}

fn not_asked_for(finding: FieldError) -> Problem {
    Problem::unprocessable("invalid_body", "The body is not what is asked for; see errors.").with_errors([finding])
}

/// serde tells the kinds of data errors apart by their text alone.
fn data_error(path: &str, error: &serde_json::Error, body: &Value) -> FieldError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let code = match text.split_once(" field") {
        Some(("missing", _)) => "required",
        Some(("unknown", _)) => "unknown_field",
        Some(("duplicate", _)) => "repeated",
        Some(_) | None => "invalid",
    };
    let named = text.split('`').nth(1).filter(|_| code != "invalid");
    let parent = dotted(if path == "." { "" } else { path });
    let within = named.filter(|_| code == "unknown_field").and_then(|name| place_within(body, &parent, name));
    let parent = within.unwrap_or(parent);
    let field = match named {
        // The path ends at the object, or already at the field, depending on where serde noticed.
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent == name || parent.ends_with(&format!(".{name}")) => parent,
        Some(name) => format!("{parent}.{name}"),
        None => parent,
    };
    let detail = match text.split_once(':') {
        // They go on in words of the code.
        Some(("invalid value", found)) if found.starts_with(" integer") => "The number is too small or too large.",
        Some(("invalid type" | "invalid length", _)) => "It is of another kind than is asked for.",
        Some(_) | None => return FieldError::new(field, code, sentence(text)),
    };
    FieldError::new(field, code, detail)
}

/// serde reads what has a `kind` by way of a buffer, and its paths end there. A name that is in the body can be found again
/// below `parent`, if it does not stand in several places.
fn place_within(body: &Value, parent: &str, name: &str) -> Option<String> {
    let pointer: String = parent.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect();
    let mut places = Vec::new();
    let mut way = if parent.is_empty() { Vec::new() } else { vec![Cow::Borrowed(parent)] };
    find(body.pointer(&pointer)?, name, &mut way, &mut places);
    if places.len() == 1 { places.pop() } else { None }
}

/// The places of the first two objects that have a field of this name; `way` leads to the value. A place may be as long as
/// the body, and there may be thousands, so each is written out only when it is one.
fn find<'v>(value: &'v Value, name: &str, way: &mut Vec<Cow<'v, str>>, places: &mut Vec<String>) {
    if places.len() > 1 {
        return;
    }
    if value.get(name).is_some() {
        places.push(way.join("."));
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                find_within(value, name, key.into(), way, places);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                find_within(value, name, at.to_string().into(), way, places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn find_within<'v>(
    value: &'v Value,
    name: &str,
    step: Cow<'v, str>,
    way: &mut Vec<Cow<'v, str>>,
    places: &mut Vec<String>,
) {
    way.push(step);
    find(value, name, way, places);
    way.pop();
}

/// Indexes with dots, as everywhere in this API: `fields[2].name` is `fields.2.name`.
fn dotted(path: &str) -> String {
    path.replace('[', ".").replace(']', "").trim_start_matches('.').to_owned()
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(std::iter::once('.')).collect()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The `Idempotency-Key` of a request, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default();
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > MAX_IDEMPOTENCY_KEY || !visible {
            let detail = "Idempotency-Key has 1 to 255 visible ASCII characters, without blanks.";
            return Err(Problem::bad_request("invalid_idempotency_key", detail));
        }
        Ok(Self(Some(text.to_owned())))
    }
}

impl IdempotencyKey {
    /// Names what is to be made: the same for the same key of the same caller, so that a request that comes again finds it; something new
    /// where there is no key. `kind` tells apart what one key may be used for.
    pub fn named(&self, kind: &str, caller: &Principal, identity: &Identity) -> Ulid {
        let Self(Some(key)) = self else { return new_draw() };
        let hash = identity.idempotency_key(&format!("{kind} {} {key}", caller.tag()));
        u128::from_str_radix(&hash, 16).map_or_else(|_| new_draw(), Ulid)
    }
}

/// The answer, marked where it is the one that was given before.
pub fn marked_replayed(mut answer: Response, is_repeated: bool) -> Response {
    if is_repeated {
        answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    answer
}

#[cfg(test)]
mod tests;
