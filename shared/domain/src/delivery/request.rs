//! The request that carries a lead: what is sent, and what of it could never be sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::Auth;
use crate::{destination::is_own_header, setup::Invalid, template::ValueTemplate};

/// The longest a buyer may take to answer, in milliseconds: the lead's lease and the worker outlast it.
pub const MAX_TIMEOUT_MS: u32 = 30_000;
/// How many fields or headers one request may carry.
pub const MAX_ENTRIES: usize = 200;

/// Where findings about fields are.
const FIELDS: &str = "request.fields";
/// Where findings about headers are.
const HEADERS: &str = "request.headers";

/// The request that carries a lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRule {
    /// Where to; `https`, unless the installation allows local endpoints.
    #[schema(value_type = String, example = "https://buyer.example/leads")]
    pub url: Url,
    /// How the fields are written.
    #[serde(default)]
    pub body: BodyFormat,
    /// Field of the buyer → template of its value. In JSON a dot in the name nests: `contact.email`.
    #[schema(value_type = BTreeMap<String, String>)]
    pub fields: BTreeMap<String, ValueTemplate>,
    /// Header → template of its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub headers: BTreeMap<String, ValueTemplate>,
    /// How we prove who we are.
    #[serde(default)]
    pub auth: Auth,
    /// The buyer has this many milliseconds for its whole answer; at most 30,000.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u32,
    /// The buyer promises to take a repeated `Idempotency-Key` for the same request, so an unanswered one may be sent again.
    #[serde(default)]
    pub idempotent: bool,
}

/// How the fields of a request are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    /// A JSON object of strings.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl RequestRule {
    pub(super) fn check(&self, found: &mut Vec<Invalid>) {
        if !(100..=MAX_TIMEOUT_MS).contains(&self.timeout_ms) {
            found.push(Invalid::new("request.timeout_ms", "range", format!("Use 100 to {MAX_TIMEOUT_MS}.")));
        }
        for (place, entries) in [(FIELDS, &self.fields), (HEADERS, &self.headers)] {
            if entries.len() > MAX_ENTRIES {
                found.push(Invalid::new(place, "length", format!("Use at most {MAX_ENTRIES}.")));
            }
        }
        for (place, template) in self.templates() {
            if let Err(error) = template.check() {
                found.push(Invalid::new(place, "template", error.to_string()));
            }
        }
        self.check_fields(found);
        self.check_headers(found);
        self.auth.check(found);
    }

    /// All templates, each with its place.
    pub(super) fn templates(&self) -> impl Iterator<Item = (String, &ValueTemplate)> {
        let fields = self.fields.iter().map(|(name, template)| (format!("{FIELDS}.{name}"), template));
        fields.chain(self.headers.iter().map(|(name, template)| (format!("{HEADERS}.{name}"), template)))
    }

    /// In JSON, names with dots are paths, and no path may end where another goes on.
    fn check_fields(&self, found: &mut Vec<Invalid>) {
        let nests = match self.body {
            BodyFormat::Json => true,
            BodyFormat::Form => false,
        };
        for name in self.fields.keys() {
            let place = format!("{FIELDS}.{name}");
            if name.is_empty() || (nests && name.split('.').any(str::is_empty)) {
                let detail = "A field has a name, and in JSON so has each part between its dots.";
                found.push(Invalid::new(place, "name", detail));
                continue;
            }
            let mut objects = name.match_indices('.').map(|(at, _)| &name[..at]);
            if let Some(value) = objects.find(|object| nests && self.fields.contains_key(*object)) {
                let detail = format!("{value} is a field of its own, so it cannot be an object as well; rename one.");
                found.push(Invalid::new(place, "nesting", detail));
            }
        }
    }

    fn check_headers(&self, found: &mut Vec<Invalid>) {
        for (name, template) in &self.headers {
            let place = || format!("{HEADERS}.{name}");
            if !is_free_header(name) {
                let detail = "This header is not a valid name, or is set by Volley itself; use another.";
                found.push(Invalid::new(place(), "header", detail));
            }
            if template.fixed_text().is_some_and(|text| text.bytes().any(is_unfit_for_header)) {
                let detail = "Headers carry no line breaks and no other control characters.";
                found.push(Invalid::new(place(), "header_value", detail));
            }
        }
    }
}

/// Headers that a delivery may set: valid tokens that do not steer the connection or repeat what Volley sends itself.
fn is_free_header(name: &str) -> bool {
    const OURS: [&str; 3] = ["authorization", "content-type", "idempotency-key"];
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(token)
        && !OURS.contains(&name.to_ascii_lowercase().as_str())
        && !is_own_header(name)
}

/// What RFC 9110, 5.5 leaves out of header values.
fn is_unfit_for_header(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

fn default_timeout_ms() -> u32 {
    10_000
}
