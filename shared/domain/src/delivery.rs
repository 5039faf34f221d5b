//! Deliveries as set up: where a campaign's leads are sent, what is sent, how the answer reads, when to try again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::{
    answer::AnswerRules,
    id::{BuyerRef, CampaignRef, DeliveryRef},
    money::Money,
    retry::RetryRule,
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
    template::ValueTemplate,
};

/// The longest a buyer may take to answer, in milliseconds: the lead's lease and the worker outlast it.
pub const MAX_TIMEOUT_MS: u32 = 30_000;
/// How many fields or headers one request may carry.
pub const MAX_ENTRIES: usize = 200;

/// A configured way to send the leads of one campaign somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The reference the seller chose for it.
    pub did: DeliveryRef,
    /// Its name, for people.
    pub name: String,
    /// Inactive deliveries are skipped.
    #[serde(default = "active_by_default")]
    pub active: bool,
    /// The campaign whose leads it takes.
    pub campid: CampaignRef,
    /// The buyer that pays for what it accepts. Without one an acceptance is a delivery, but no sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// What the buyer pays for an accepted lead, unless its answer names a price.
    pub price: Money,
    /// The request.
    pub request: RequestRule,
    /// How the answer reads.
    pub answer: AnswerRules,
    /// When and how often to try again.
    #[serde(default)]
    pub retry: RetryRule,
}

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

/// How a request proves who we are. Secrets are written, never read: a replacement without one keeps the stored one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all, or by a field.
    #[default]
    None,
    /// `Authorization: Basic`.
    Basic {
        /// The user.
        username: String,
        /// The password; write-only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// The token; write-only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
}

/// Written by hand, so that no secret reaches a log.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(…)",
            Self::Bearer { .. } => "Bearer(…)",
        })
    }
}

impl Auth {
    fn secret_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::None => None,
            Self::Basic { password: secret, .. } | Self::Bearer { token: secret } => Some(secret),
        }
    }

    fn check(&self, found: &mut Vec<Invalid>) {
        let (field, secret) = match self {
            Self::None => return,
            Self::Basic { password, .. } => ("request.auth.password", password),
            Self::Bearer { token } => ("request.auth.token", token),
        };
        match secret {
            None => found.push(Invalid::new(
                field,
                "required",
                "Give the secret once; later replacements may leave it out.",
            )),
            Some(text) if text.is_empty() || text.len() > 4_000 || text.chars().any(char::is_control) => {
                found.push(Invalid::new(field, "secret", "Use 1 to 4,000 characters on one line."));
            }
            Some(_) => {}
        }
    }
}

impl RequestRule {
    fn check(&self, found: &mut Vec<Invalid>) {
        if !(100..=MAX_TIMEOUT_MS).contains(&self.timeout_ms) {
            found.push(Invalid::new("request.timeout_ms", "range", format!("Use 100 to {MAX_TIMEOUT_MS}.")));
        }
        for (place, entries) in [("request.fields", &self.fields), ("request.headers", &self.headers)] {
            if entries.len() > MAX_ENTRIES {
                found.push(Invalid::new(place, "length", format!("Use at most {MAX_ENTRIES}.")));
            }
            for (name, template) in entries {
                if let Err(error) = template.check() {
                    found.push(Invalid::new(format!("{place}.{name}"), "template", error.to_string()));
                }
            }
        }
        for name in self.headers.keys().filter(|name| !is_free_header(name)) {
            let detail = "This header is not a valid name, or is set by Volley itself; use another.";
            found.push(Invalid::new(format!("request.headers.{name}"), "header", detail));
        }
        self.auth.check(found);
    }
}

/// Headers that a delivery may set: valid tokens that do not steer the connection or repeat what Volley sends itself.
fn is_free_header(name: &str) -> bool {
    const OURS: [&str; 9] = [
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "idempotency-key",
        "transfer-encoding",
        "upgrade",
    ];
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(token)
        && !OURS.contains(&name.to_ascii_lowercase().as_str())
}

impl Record for Delivery {
    const KIND: Kind = Kind::Delivery;

    fn reference(&self) -> &str {
        self.did.as_str()
    }

    fn is_active(&self) -> bool {
        self.active
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check_name(&self.name, &mut found);
        if self.price.is_negative() {
            found.push(Invalid::new("price", "range", "A price is zero or more."));
        }
        if self.bid.is_none() && self.price.minor != 0 {
            found.push(Invalid::new(
                "price",
                "no_buyer",
                "Nobody pays without a buyer: name bid, or make the price zero.",
            ));
        }
        self.request.check(&mut found);
        self.answer.check(&mut found);
        self.retry.check(&mut found);
        found
    }

    fn links(&self) -> Vec<Link> {
        let campaign = Link { field: "campid".to_owned(), kind: Kind::Campaign, reference: self.campid.to_string() };
        let buyer = self.bid.as_ref().map(|bid| Link {
            field: "bid".to_owned(),
            kind: Kind::Buyer,
            reference: bid.to_string(),
        });
        std::iter::once(campaign).chain(buyer).collect()
    }

    fn keep_secrets_of(&mut self, stored: &Self) {
        let same_kind = std::mem::discriminant(&self.request.auth) == std::mem::discriminant(&stored.request.auth);
        let mut stored_auth = stored.request.auth.clone();
        if let (true, Some(secret), Some(kept)) = (same_kind, self.request.auth.secret_mut(), stored_auth.secret_mut())
            && secret.is_none()
        {
            *secret = kept.take();
        }
    }

    fn without_secrets(mut self) -> Self {
        if let Some(secret) = self.request.auth.secret_mut() {
            *secret = None;
        }
        self
    }
}

fn default_timeout_ms() -> u32 {
    10_000
}
