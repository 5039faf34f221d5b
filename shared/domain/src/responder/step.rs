//! One message of a responder.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{lead::Channel, template::ValueTemplate};

/// Most steps of a responder.
pub const MAX_STEPS: usize = 20;
/// The latest that a step may come: a year after joining.
pub const MAX_AFTER_MIN: u32 = 365 * 24 * 60;

/// One message, some time after joining. Its templates are in the language of deliveries; they know the lead's fields, `lead.id`,
/// `lead.received`, `campaign`, `supplier`, `source`, and `unsubscribe_url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResponderStep)]
pub struct Step {
    /// Minutes after joining: at most a year, and no fewer than those of the step before.
    #[schema(maximum = 525_600)]
    pub after_min: u32,
    /// How it is sent.
    pub channel: Channel,
    /// The subject of an e-mail. What breaks a line becomes a blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub subject: Option<ValueTemplate>,
    /// The message as plain text; this, or `html`, or both. To that of an e-mail which lacks it, `unsubscribe_url` is added at the end. That of a text message
    /// has to use it, or to say STOP, where the gateway takes replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<ValueTemplate>,
    /// An e-mail as HTML. Values are escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub html: Option<ValueTemplate>,
}

impl Step {
    /// All templates, each with its name.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&'static str, &ValueTemplate)> {
        let named = [("subject", &self.subject), ("text", &self.text), ("html", &self.html)];
        named.into_iter().filter_map(|(name, template)| Some((name, template.as_ref()?)))
    }
}
