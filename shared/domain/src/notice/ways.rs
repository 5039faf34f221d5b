//! Where somebody wants to be told, and of what.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::{NoticeKind, Way};
use crate::{
    access::Principal,
    address::Reach,
    contact::Email,
    destination::{check_url, whole_url},
    setup::Invalid,
};

/// More than these are a mailing list.
const MAX_EMAILS: usize = 5;

/// Where somebody wants to be told, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ways {
    /// A signed request, as Standard Webhooks has it; its secret is made by `POST /v1/webhook-secrets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Who gets it as an e-mail, all in one message: at most 5 addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub emails: Vec<Email>,
    /// What is told; none: everything that there is to tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<NoticeKind>,
}

/// Where requests go that tell of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The endpoint; `https`, unless the installation allows local endpoints.
    #[serde(deserialize_with = "whole_url")]
    #[schema(value_type = String, example = "https://supplier.example/volley")]
    pub url: Url,
}

impl Ways {
    /// The ways by which a notice of this kind is told.
    pub fn of(&self, kind: NoticeKind) -> BTreeSet<Way> {
        if !self.kinds.is_empty() && !self.kinds.contains(&kind) {
            return BTreeSet::new();
        }
        let webhook = self.webhook.as_ref().map(|_| Way::Webhook);
        let email = (!self.emails.is_empty()).then_some(Way::Email);
        webhook.into_iter().chain(email).collect()
    }

    /// Finds what is wrong with somebody's ways by themselves.
    pub(crate) fn check(&self, who: &Principal, found: &mut Vec<Invalid>) {
        if self.webhook.is_none() && self.emails.is_empty() {
            let detail = "Name a webhook, e-mail addresses, or both; leave it out to be told nothing.";
            found.push(Invalid::new("notify", "required", detail));
        }
        if self.emails.len() > MAX_EMAILS {
            found.push(Invalid::new("notify.emails", "length", format!("Name at most {MAX_EMAILS} addresses.")));
        }
        for (at, address) in self.emails.iter().enumerate().take(MAX_EMAILS) {
            let place = format!("notify.emails.{at}");
            if !address.as_str().is_ascii() {
                let detail = "The mail service takes ASCII addresses only; write the domain in its xn-- form.";
                found.push(Invalid::new(place, "not_ascii", detail));
            } else if self.emails[..at].contains(address) {
                found.push(Invalid::new(place, "repeated", "It is in the list twice."));
            }
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            let place = format!("notify.kinds.{at}");
            if !kind.is_told_to(who) {
                let told: Vec<&str> =
                    NoticeKind::ALL.into_iter().filter(|kind| kind.is_told_to(who)).map(NoticeKind::word).collect();
                found.push(Invalid::new(place, "not_told", format!("Use some of {}.", told.join(", "))));
            } else if self.kinds[..at].contains(kind) {
                found.push(Invalid::new(place, "repeated", "It is in the list twice."));
            }
        }
    }

    /// Finds an endpoint that this installation would never dial.
    pub fn check_here(&self, reach: Reach) -> Option<Invalid> {
        let problem = check_url(&self.webhook.as_ref()?.url, reach).err()?;
        Some(Invalid::new("notify.webhook.url", problem.code(), problem.to_string()))
    }
}
