//! The request that carries a lead: what is sent, and what of it could never be sent.

mod body;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

pub use self::body::BodyFormat;
use super::{Auth, SecretHeaders};
use crate::{
    destination::{is_header_name, is_own_header, whole_url},
    setup::Invalid,
    template::ValueTemplate,
};

/// The longest a buyer may take to answer, in milliseconds: the lead's lease and the worker outlast it.
pub const MAX_TIMEOUT_MS: u32 = 30_000;
/// How many fields or headers one request may carry.
pub const MAX_ENTRIES: usize = 200;

/// Where findings about fields are.
const FIELDS: &str = "channel.request.fields";
/// Where findings about headers are.
const HEADERS: &str = "channel.request.headers";
/// Where findings about secret headers are.
const SECRET_HEADERS: &str = "channel.request.secret_headers";

/// The request that carries a lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRule {
    /// Where to; `https`, unless the installation allows local endpoints.
    #[serde(deserialize_with = "whole_url")]
    #[schema(value_type = String, example = "https://buyer.example/leads")]
    pub url: Url,
    /// How.
    #[serde(default)]
    pub method: Method,
    /// How the fields are written.
    #[serde(default)]
    pub body: BodyFormat,
    /// Field of the buyer → template of its value. In JSON and XML a dot in the name nests: `contact.email`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub fields: BTreeMap<String, ValueTemplate>,
    /// Header → template of its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub headers: BTreeMap<String, ValueTemplate>,
    /// Headers whose values are secrets.
    #[serde(default, skip_serializing_if = "SecretHeaders::is_empty")]
    pub secret_headers: SecretHeaders,
    /// How we prove who we are.
    #[serde(default)]
    pub auth: Auth,
    /// The buyer has this many milliseconds for its whole answer; at most 30,000.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u32,
    /// The buyer promises to take a repeated `Idempotency-Key` for the same request, so an unanswered one may be sent again, as
    /// long as this stays so and the delivery and its buyer are active.
    #[serde(default)]
    pub idempotent: bool,
}

/// HTTP methods of deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = RequestMethod)]
pub enum Method {
    /// With the fields in the query.
    Get,
    /// The usual one.
    #[default]
    Post,
    /// Of a resource whose name the URL has.
    Put,
    /// Of a part of it.
    Patch,
}

impl RequestRule {
    /// What could never be sent, where templates know these names besides their usual ones.
    pub(super) fn check_knowing(&self, more: &[&str], found: &mut Vec<Invalid>) {
        if !(100..=MAX_TIMEOUT_MS).contains(&self.timeout_ms) {
            found.push(Invalid::new("channel.request.timeout_ms", "range", format!("Use 100 to {MAX_TIMEOUT_MS}.")));
        }
        if self.method == Method::Get && self.body.content_type().is_some() {
            let detail = "GET requests have no body: use the format query, or another method.";
            found.push(Invalid::new("channel.request.method", "no_body", detail));
        }
        let secrets = self.secret_headers.names().count();
        for (place, length) in [(FIELDS, self.fields.len()), (HEADERS, self.headers.len()), (SECRET_HEADERS, secrets)] {
            if length > MAX_ENTRIES {
                found.push(Invalid::new(place, "length", format!("Use at most {MAX_ENTRIES}.")));
            }
        }
        for (place, template) in self.value_templates() {
            if let Err(error) = template.check_knowing(more) {
                found.push(Invalid::new(place, error.code(), error.to_string()));
            }
        }
        self.check_body(more, found);
        self.check_fields(found);
        self.check_headers(found);
        self.secret_headers.check(SECRET_HEADERS, found);
        self.auth.check(found);
    }

    /// Takes over the stored secrets where none are given, as long as they go where they went: whoever may change the URL
    /// would else get to read them. Returns those that are missing then.
    pub(super) fn keep_secrets_of(&mut self, stored: &Self) -> Vec<Invalid> {
        if self.url.origin() == stored.url.origin() {
            self.auth.keep_secret_of(&stored.auth);
            self.secret_headers.keep_secrets_of(&stored.secret_headers);
            return Vec::new();
        }
        let again = |place| Invalid::new(place, "required", "Send the secret again: the request goes to another host.");
        self.auth
            .missing()
            .map(str::to_owned)
            .into_iter()
            .chain(self.secret_headers.missing(SECRET_HEADERS))
            .map(again)
            .collect()
    }

    pub(super) fn forget_secrets(&mut self) {
        self.auth.forget_secret();
        self.secret_headers.forget_secrets();
    }

    /// All templates, each with its place.
    pub(super) fn templates(&self) -> impl Iterator<Item = (String, &ValueTemplate)> {
        self.value_templates().chain(self.body.template())
    }

    fn value_templates(&self) -> impl Iterator<Item = (String, &ValueTemplate)> {
        let fields = self.fields.iter().map(|(name, template)| (format!("{FIELDS}.{name}"), template));
        fields.chain(self.headers.iter().map(|(name, template)| (format!("{HEADERS}.{name}"), template)))
    }

    fn check_headers(&self, found: &mut Vec<Invalid>) {
        let names: Vec<&String> = self.headers.keys().chain(self.secret_headers.names()).collect();
        for (at, name) in names.iter().enumerate() {
            if names[..at].iter().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
                let detail = format!("{name} is named twice; the case of its letters makes no difference.");
                let place = if at < self.headers.len() { HEADERS } else { SECRET_HEADERS };
                found.push(Invalid::new(format!("{place}.{name}"), "repeated", detail));
            }
        }
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
pub(super) fn is_free_header(name: &str) -> bool {
    const OURS: [&str; 4] = ["authorization", "content-type", "idempotency-key", "x-volley-test"];
    is_header_name(name) && !OURS.contains(&name.to_ascii_lowercase().as_str()) && !is_own_header(name)
}

/// What RFC 9110, 5.5 leaves out of header values.
fn is_unfit_for_header(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

fn default_timeout_ms() -> u32 {
    10_000
}
