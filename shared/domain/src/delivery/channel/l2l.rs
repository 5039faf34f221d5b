//! The kind `l2l`: to another installation of this system, as a lead of one of its suppliers, paid for once that has sold it.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use utoipa::ToSchema;

use super::ChannelKind;
use crate::{
    answer::{AnswerRule, AnswerRules, JsonMatch, Pick, Then},
    delivery::{MAX_ENTRIES, MAX_TIMEOUT_MS, auth::secret_flaw},
    destination::whole_url,
    feedback,
    id::CampaignRef,
    setup::Invalid,
    template::ValueTemplate,
};

const URL: &str = "channel.url";
const KEY: &str = "channel.key";
const FEEDBACK_SECRET: &str = "channel.feedback_secret";
const FIELDS: &str = "channel.fields";
const REASONS: &str = "channel.reasons";
const TIMEOUT_MS: &str = "channel.timeout_ms";

/// Where an installation takes leads in, and where it hears of them.
const LEADS: &str = "/leads";
const FEEDBACK: &str = "/feedback";
const FEEDBACK_PATH: &str = "/v1/feedback";

/// Most characters of a reason, or of the code of one.
const MAX_REASON: usize = 200;

/// To another installation. What it answers at once is whether it takes the lead; if it pays for a sale, the delivery awaits its
/// feedback, and is accepted or rejected by that. If it pays for every lead that it takes, the delivery is accepted at its own price.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct L2lChannel {
    /// Where it takes leads in: its `/v1/leads`.
    #[serde(deserialize_with = "whole_url")]
    #[schema(value_type = String, example = "https://leads.other.example/v1/leads")]
    pub url: Url,
    /// Its campaign.
    pub campid: CampaignRef,
    /// The key that it has given us as its supplier; write-only, and kept like other secrets of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it signs its feedback with: the secret that it has made for us as its supplier, `whsec_…`; write-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback_secret: Option<String>,
    /// Field of its campaign → template of the value; one that makes nothing leaves the field out. Besides these, all fields of the
    /// lead go there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub fields: BTreeMap<String, ValueTemplate>,
    /// Its codes of why a lead is unsold or returned → what they mean here. Others read `unrecognised (code)`. Of a return, the meaning is a
    /// reason code of the account; one without a meaning counts as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
    /// It has this many milliseconds for its answer; at most 30,000.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u32,
}

/// Written by hand, so that no secret reaches a log.
impl std::fmt::Debug for L2lChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("L2lChannel")
            .field("url", &self.url.as_str())
            .field("campid", &self.campid)
            .finish_non_exhaustive()
    }
}

/// How an installation answers whoever sends it a lead.
static ANSWER: LazyLock<AnswerRules> = LazyLock::new(|| {
    let rule = |then, status: &str, member: Option<(&str, serde_json::Value)>| AnswerRule {
        then,
        status: vec![status.to_owned()],
        header: None,
        json: member.map(|(pointer, equals)| JsonMatch { pointer: pointer.to_owned(), equals }),
        xml: None,
        text: None,
        keyword: None,
        pattern: None,
    };
    AnswerRules {
        rules: vec![
            rule(Then::AwaitingFeedback, "201", Some(("/payout", json!("Pending")))),
            // It is looked at there before anything is decided, whatever it pays for.
            rule(Then::AwaitingFeedback, "201", Some(("/status", json!("quarantined")))),
            rule(Then::Accepted, "201", Some(("/status", json!("approved")))),
            rule(Then::Duplicate, "422", Some(("/code", json!(-2)))),
            // It has the lead by an earlier request, which said something else of it.
            rule(Then::Duplicate, "422", Some(("/code", json!("idempotency_key_reused")))),
            rule(Then::Rejected, "422", None),
            // The same request is being answered at this moment.
            rule(Then::Retry, "409", None),
        ],
        reference: Some(Pick::Json("/lead_id".to_owned())),
        reason: Some(Pick::Json("/message".to_owned())),
        ..AnswerRules::default()
    }
});

impl L2lChannel {
    /// Where it hears of leads: beside where it takes them in.
    pub fn feedback_url(&self) -> Url {
        let beside = self.url.path().strip_suffix(LEADS).map(|base| format!("{base}{FEEDBACK}"));
        let mut url = self.url.clone();
        url.set_path(beside.as_deref().unwrap_or(FEEDBACK_PATH));
        url.set_query(None);
        url
    }

    fn check_reasons(&self, found: &mut Vec<Invalid>) {
        if self.reasons.len() > MAX_ENTRIES {
            found.push(Invalid::new(REASONS, "length", format!("Use at most {MAX_ENTRIES}.")));
        }
        for (code, meaning) in &self.reasons {
            let is_fit = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_REASON;
            if !is_fit(code) || !is_fit(meaning) {
                let detail = format!("Give codes and meanings of 1 to {MAX_REASON} characters.");
                found.push(Invalid::new(format!("{REASONS}.{code}"), "length", detail));
            }
        }
    }

    fn check_fields(&self, found: &mut Vec<Invalid>) {
        if self.fields.len() > MAX_ENTRIES {
            found.push(Invalid::new(FIELDS, "length", format!("Use at most {MAX_ENTRIES}.")));
        }
        for name in self.fields.keys().filter(|name| feedback::is_ours(name)) {
            let detail =
                "This name says what a lead is for or where it comes from, and is set by itself; leave it out.";
            found.push(Invalid::new(format!("{FIELDS}.{name}"), "reserved", detail));
        }
        for (place, template) in self.templates() {
            if let Err(error) = template.check() {
                found.push(Invalid::new(place, error.code(), error.to_string()));
            }
        }
    }

    /// Takes over the stored secrets where none are given, as long as leads go where they went. Returns those that are missing then.
    pub(crate) fn keep_secrets_of(&mut self, stored: &Self) -> Vec<Invalid> {
        if self.url.origin() == stored.url.origin() {
            self.key = self.key.take().or_else(|| stored.key.clone());
            self.feedback_secret = self.feedback_secret.take().or_else(|| stored.feedback_secret.clone());
            return Vec::new();
        }
        let again = |place| Invalid::new(place, "required", "Send the secret again: leads go to another host.");
        let missing = [(KEY, &self.key), (FEEDBACK_SECRET, &self.feedback_secret)].into_iter();
        missing.filter(|(_, secret)| secret.is_none()).map(|(place, _)| again(place)).collect()
    }
}

impl ChannelKind for L2lChannel {
    fn timeout(&self) -> SignedDuration {
        SignedDuration::from_millis(self.timeout_ms.into())
    }

    /// An installation takes the same `Idempotency-Key` for the same lead.
    fn is_idempotent(&self) -> bool {
        true
    }

    fn endpoint(&self) -> Option<(&'static str, &Url)> {
        Some((URL, &self.url))
    }

    fn answer(&self) -> Option<&AnswerRules> {
        Some(&ANSWER)
    }

    /// By its feedback.
    fn names_price(&self) -> bool {
        true
    }

    fn templates(&self) -> Vec<(String, &ValueTemplate)> {
        self.fields.iter().map(|(name, template)| (format!("{FIELDS}.{name}"), template)).collect()
    }

    fn check(&self, _own: &CampaignRef, found: &mut Vec<Invalid>) {
        if !(100..=MAX_TIMEOUT_MS).contains(&self.timeout_ms) {
            found.push(Invalid::new(TIMEOUT_MS, "range", format!("Use 100 to {MAX_TIMEOUT_MS}.")));
        }
        self.check_fields(found);
        self.check_reasons(found);
        found.extend(secret_flaw(KEY, self.key.as_deref()));
        found.extend(secret_flaw(FEEDBACK_SECRET, self.feedback_secret.as_deref()));
        if self.feedback_secret.as_ref().is_some_and(|secret| !feedback::is_secret(secret)) {
            let detail = "It begins with whsec_, as the other installation's POST /v1/webhook-secrets has shown it.";
            found.push(Invalid::new(FEEDBACK_SECRET, "webhook_secret", detail));
        }
    }

    fn forget_secrets(&mut self) {
        (self.key, self.feedback_secret) = (None, None);
    }
}

fn default_timeout_ms() -> u32 {
    10_000
}

#[cfg(test)]
mod tests;
