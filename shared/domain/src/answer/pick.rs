//! What is picked out of an answer, and from where.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{seen::Seen, xml};
use crate::field::Pattern;

/// A place in an answer: `{"json": "/result/id"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// JSON pointer (RFC 6901) to a text or a number.
    Json(String),
    /// A path such as `/response/id` or `/response/@id`; the first place that has it.
    Xml(String),
    /// The name of a header.
    Header(String),
    /// A regular expression: its first group, or all that matches, where it first matches in the body.
    Pattern(Pattern),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// The place is not there, or empty.
    Nothing,
    /// Text: bounded, on one line, without control characters and blanks around it. Numbers keep their digits.
    Text(String),
    /// Something that is no text and no number.
    NoText,
}

impl Pick {
    pub(super) fn of(&self, seen: &Seen<'_>, max_chars: usize) -> Picked {
        match self {
            Self::Json(pointer) => match seen.json.as_ref().and_then(|body| body.pointer(pointer)) {
                Some(Value::String(text)) => clean(text, max_chars),
                Some(Value::Number(number)) => clean(&number.to_string(), max_chars),
                Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Picked::NoText,
                Some(Value::Null) | None => Picked::Nothing,
            },
            Self::Xml(path) => {
                let texts = seen.xml.as_ref().map(|body| xml::texts(body, path)).unwrap_or_default();
                texts.first().map_or(Picked::Nothing, |text| clean(text, max_chars))
            }
            Self::Header(name) => seen.header(name).map_or(Picked::Nothing, |value| clean(value, max_chars)),
            Self::Pattern(pattern) => pattern.find(seen.text).map_or(Picked::Nothing, |text| clean(text, max_chars)),
        }
    }
}

fn clean(text: &str, max_chars: usize) -> Picked {
    let clean: String = text.trim().chars().filter(|sign| !sign.is_control()).take(max_chars).collect();
    if clean.is_empty() { Picked::Nothing } else { Picked::Text(clean) }
}
