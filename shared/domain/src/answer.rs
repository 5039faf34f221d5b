//! What a buyer's answer means: rules over status, JSON and text that say accepted, rejected, pending or retry.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    money::{Currency, Money},
    setup::Invalid,
};

/// The longest reason that is kept, in characters; buyers have been seen to answer whole pages.
pub const MAX_REASON: usize = 200;

/// The rules of one delivery, tried in the order accepted, rejected, pending, retry; the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerRules {
    /// The buyer took the lead. A 2xx alone is not acceptance: a rule has to say so.
    pub accepted: Vec<AnswerRule>,
    /// The buyer does not want the lead.
    pub rejected: Vec<AnswerRule>,
    /// The buyer took it and will say later whether it buys it.
    pub pending: Vec<AnswerRule>,
    /// The buyer asks to be tried again.
    pub retry: Vec<AnswerRule>,
    /// JSON pointer (RFC 6901) to the buyer's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// JSON pointer to the price it pays, a decimal string or number in the campaign's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// JSON pointer to its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Matches an answer when everything it names does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerRule {
    /// HTTP statuses, such as `200` or `4xx`; any of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// A value in the JSON body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonMatch>,
    /// Text that the body contains, whatever its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
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

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body, up to its cap.
    pub body: &'a [u8],
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken, at the price named in the answer, if it named one.
    Accepted {
        /// The price in the answer; none: the agreed one.
        price: Option<Money>,
        /// The buyer's own reference.
        reference: Option<String>,
    },
    /// Not wanted.
    Rejected {
        /// Why, in the buyer's words where it gave any.
        reason: String,
    },
    /// Taken, decided later.
    Pending {
        /// The buyer's own reference.
        reference: Option<String>,
    },
    /// To be tried again.
    Retry {
        /// Why.
        reason: String,
    },
    /// No rule reads it, and it may well mean that the lead was taken.
    Unclear {
        /// What was odd.
        reason: String,
    },
}

impl AnswerRules {
    /// Reads an answer. Where no rule matches, HTTP decides what is safe: 408, 425, 429 and 5xx are tried again, other
    /// refusals stand, and a success that no rule recognises stays unclear rather than being guessed at.
    pub fn read(&self, answer: &Answer<'_>, currency: Currency) -> Verdict {
        let text = String::from_utf8_lossy(answer.body);
        let json: Option<Value> = serde_json::from_slice(answer.body).ok();
        let any = |rules: &[AnswerRule]| rules.iter().any(|rule| rule.matches(answer.status, &text, json.as_ref()));
        let pick = |pointer: &Option<String>| pick(json.as_ref()?, pointer.as_deref()?);
        let reason = || pick(&self.reason).unwrap_or_else(|| format!("the buyer answered {}", answer.status));
        if any(&self.accepted) {
            match pick(&self.price).map(|amount| Money::parse(&amount, currency)) {
                None => Verdict::Accepted { price: None, reference: pick(&self.reference) },
                Some(Ok(price)) if !price.is_negative() => {
                    Verdict::Accepted { price: Some(price), reference: pick(&self.reference) }
                }
                // Booking the agreed price instead would be a guess about money.
                Some(_) => Verdict::Unclear { reason: "the buyer accepted at a price that cannot be read".to_owned() },
            }
        } else if any(&self.rejected) {
            Verdict::Rejected { reason: reason() }
        } else if any(&self.pending) {
            Verdict::Pending { reference: pick(&self.reference) }
        } else if any(&self.retry) {
            Verdict::Retry { reason: reason() }
        } else {
            match answer.status {
                408 | 425 | 429 | 500..=599 => Verdict::Retry { reason: reason() },
                300..=499 => Verdict::Rejected { reason: reason() },
                status => Verdict::Unclear { reason: format!("the buyer answered {status}, which no rule recognises") },
            }
        }
    }

    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        if self.accepted.is_empty() && self.pending.is_empty() {
            let detail =
                "Say how an accepted lead is recognised; a 2xx status alone is not acceptance unless a rule says so.";
            found.push(Invalid::new("answer.accepted", "required", detail));
        }
        let lists = [
            ("accepted", &self.accepted),
            ("rejected", &self.rejected),
            ("pending", &self.pending),
            ("retry", &self.retry),
        ];
        for (list, rules) in lists {
            if rules.len() > 50 {
                found.push(Invalid::new(format!("answer.{list}"), "length", "Use at most 50 rules."));
            }
            for (at, rule) in rules.iter().enumerate() {
                rule.check(&format!("answer.{list}.{at}"), found);
            }
        }
        for (name, pointer) in [("reference", &self.reference), ("price", &self.price), ("reason", &self.reason)] {
            if let Some(pointer) = pointer {
                check_pointer(&format!("answer.{name}"), pointer, found);
            }
        }
    }
}

impl AnswerRule {
    fn matches(&self, status: u16, text: &str, json: Option<&Value>) -> bool {
        let status_fits = self.status.is_empty() || self.status.iter().any(|pattern| fits(pattern, status));
        let json_fits = self.json.as_ref().is_none_or(|wanted| {
            json.and_then(|body| body.pointer(&wanted.pointer)).is_some_and(|value| *value == wanted.equals)
        });
        let text_fits = self.text.as_ref().is_none_or(|wanted| text.to_lowercase().contains(&wanted.to_lowercase()));
        status_fits && json_fits && text_fits
    }

    fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        if *self == Self::default() {
            found.push(Invalid::new(
                place,
                "empty",
                "A rule names a status, a json value or a text; this one matches all.",
            ));
        }
        if self.text.as_ref().is_some_and(|text| text.is_empty() || text.len() > 1_000) {
            found.push(Invalid::new(format!("{place}.text"), "length", "Use 1 to 1,000 characters."));
        }
        for pattern in self.status.iter().filter(|pattern| !is_status_pattern(pattern)) {
            let detail = format!("{pattern} is not a status; use three digits such as 200, or 4xx.");
            found.push(Invalid::new(format!("{place}.status"), "status", detail));
        }
        if let Some(json) = &self.json {
            check_pointer(&format!("{place}.json.pointer"), &json.pointer, found);
        }
    }
}

fn is_status_pattern(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    bytes.len() == 3
        && (b'1'..=b'5').contains(&bytes[0])
        && (&bytes[1..] == b"xx" || bytes[1..].iter().all(u8::is_ascii_digit))
}

fn fits(pattern: &str, status: u16) -> bool {
    let status = status.to_string();
    match pattern.strip_suffix("xx") {
        Some(class) => status.starts_with(class),
        None => status == pattern,
    }
}

fn check_pointer(place: &str, pointer: &str, found: &mut Vec<Invalid>) {
    if !pointer.starts_with('/') || pointer.len() > 200 {
        found.push(Invalid::new(place, "pointer", "Use a JSON pointer such as /result/status."));
    }
}

/// A scalar as text, bounded, without control characters; numbers keep their digits.
fn pick(json: &Value, pointer: &str) -> Option<String> {
    let text = match json.pointer(pointer)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let clean: String = text.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests;
