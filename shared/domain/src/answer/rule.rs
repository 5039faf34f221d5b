//! One rule: what an answer must have, and what that means.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{seen::Seen, xml};
use crate::field::Pattern;

/// What an answer means that a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The buyer took the lead.
    Accepted,
    /// It does not want the lead.
    Rejected,
    /// It took the lead and will say later whether it buys it.
    AwaitingFeedback,
    /// It asks to be tried again.
    Retry,
    /// It had the lead before: a rejection with the reason `duplicate`. Where it may have it by this request, nobody knows.
    Duplicate,
}

/// Matches an answer when everything it names does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRule {
    /// What such an answer means.
    pub then: Then,
    /// HTTP statuses, such as `200` or `4xx`; any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// A header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderMatch>,
    /// A value in a JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonMatch>,
    /// A text in an XML body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<XmlMatch>,
    /// The whole body, but for blanks around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Text that the body contains, whatever its case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// A regular expression that matches somewhere in the body, in the case of its letters unless it begins with `(?i)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
}

/// A header and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatch {
    /// Its name, in any case.
    pub name: String,
    /// The value it must have.
    pub equals: String,
}

/// A value at a place of a JSON body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonMatch {
    /// JSON pointer (RFC 6901), such as `/result/status`.
    pub pointer: String,
    /// The value it must have.
    pub equals: Value,
}

/// A text at a place of an XML body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct XmlMatch {
    /// A path from the root, such as `/response/status` or `/response/@code`. Prefixes of namespaces do not count.
    pub path: String,
    /// The text that one of the places must have, but for blanks around it.
    pub equals: String,
}

impl AnswerRule {
    pub(super) fn matches(&self, seen: &Seen<'_>) -> bool {
        self.status_fits(seen.status)
            && self.header.as_ref().is_none_or(|wanted| seen.header(&wanted.name) == Some(wanted.equals.trim()))
            && self.json.as_ref().is_none_or(|wanted| {
                let value = seen.json.as_ref().and_then(|body| body.pointer(&wanted.pointer));
                value.is_some_and(|value| *value == wanted.equals)
            })
            && self.xml.as_ref().is_none_or(|wanted| {
                let texts = seen.xml.as_ref().map(|body| xml::texts(body, &wanted.path)).unwrap_or_default();
                texts.iter().any(|text| text.trim() == wanted.equals.trim())
            })
            && self.text.as_ref().is_none_or(|wanted| seen.text.trim() == wanted.trim())
            && self.keyword.as_ref().is_none_or(|wanted| seen.lower().contains(&wanted.to_lowercase()))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.find(seen.text).is_some())
    }

    fn status_fits(&self, status: u16) -> bool {
        self.status.is_empty() || self.status.iter().any(|pattern| fits(pattern, status))
    }

    /// Whether it says nothing, and so would match every answer.
    pub(super) fn is_empty(&self) -> bool {
        let Self { then: _, status, header, json, xml, text, keyword, pattern } = self;
        status.is_empty()
            && header.is_none()
            && json.is_none()
            && xml.is_none()
            && text.is_none()
            && keyword.is_none()
            && pattern.is_none()
    }
}

/// Whether a text can be a status: `200`, `4xx`.
pub(super) fn is_status_pattern(pattern: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    match pattern.as_bytes() {
        [b'1'..=b'5', b'x', b'x'] => true,
        [b'1'..=b'5', tens, ones] => digit(tens) && digit(ones),
        _ => false,
    }
}

fn fits(pattern: &str, status: u16) -> bool {
    let status = status.to_string();
    match pattern.strip_suffix("xx") {
        Some(class) => status.starts_with(class),
        None => status == pattern,
    }
}
