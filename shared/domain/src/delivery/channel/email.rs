//! The kind `email`: the lead in a message to addresses of the buyer.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ChannelKind;
use crate::{
    contact::Email,
    id::CampaignRef,
    setup::Invalid,
    template::{Escaping, ValueTemplate},
};

/// More than these are a mailing list.
const MAX_ADDRESSES: usize = 10;
/// The service takes a second; a connection that is slow to come takes some more.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(15);

/// A message by e-mail. That the mail service takes it counts; what becomes of it on its way is not heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChannel {
    /// Who gets it, all in one message: 1 to 10 addresses.
    #[schema(min_items = 1, max_items = 10)]
    pub to: Vec<Email>,
    /// Who it is from: an address of the installation's mail domain. None: the installation's own sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Email>,
    /// The subject. What breaks a line becomes a blank.
    #[schema(value_type = String)]
    pub subject: ValueTemplate,
    /// The message as plain text; this, or `html`, or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<ValueTemplate>,
    /// The message as HTML. Values are escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub html: Option<ValueTemplate>,
}

impl EmailChannel {
    /// How the values of the HTML are escaped.
    pub const HTML: Escaping = Escaping::Xml;

    fn check_addresses(&self, found: &mut Vec<Invalid>) {
        if self.to.is_empty() || self.to.len() > MAX_ADDRESSES {
            found.push(Invalid::new("channel.to", "length", format!("Name 1 to {MAX_ADDRESSES} addresses.")));
        }
        let to = self.to.iter().enumerate().map(|(at, address)| (format!("channel.to.{at}"), address));
        for (place, address) in to.chain(self.from.iter().map(|address| ("channel.from".to_owned(), address))) {
            if !address.as_str().is_ascii() {
                let detail = "The mail service takes ASCII addresses only; write the domain in its xn-- form.";
                found.push(Invalid::new(place, "not_ascii", detail));
            }
        }
        for (at, address) in self.to.iter().enumerate() {
            if self.to[..at].contains(address) {
                found.push(Invalid::new(format!("channel.to.{at}"), "repeated", "It is in the list twice."));
            }
        }
    }
}

impl ChannelKind for EmailChannel {
    fn timeout(&self) -> SignedDuration {
        TIMEOUT
    }

    fn templates(&self) -> Vec<(String, &ValueTemplate)> {
        let named = [("subject", Some(&self.subject)), ("text", self.text.as_ref()), ("html", self.html.as_ref())];
        let there = named.into_iter().filter_map(|(name, template)| Some((format!("channel.{name}"), template?)));
        there.collect()
    }

    fn check(&self, _own: &CampaignRef, found: &mut Vec<Invalid>) {
        self.check_addresses(found);
        if self.text.is_none() && self.html.is_none() {
            found.push(Invalid::new("channel.text", "required", "Give the message a text, HTML, or both."));
        }
        for (place, template) in self.templates() {
            if let Err(error) = template.check() {
                found.push(Invalid::new(place, error.code(), error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
