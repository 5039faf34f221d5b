//! What is said on the wire about one lead, in either direction.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{money::Money, setup::Invalid, words::one_line};

/// Most characters of a code, of a reason, and of what somebody calls a lead.
pub const MAX_TEXT: usize = 200;

/// Something that has happened to a lead at whoever got it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What the lead is called by who is told: the `feedback_ref` that came with it, or its id.
    #[schema(example = "lead_01JD3QZ8000000000000000003")]
    pub lead_ref: String,
    /// What it is called by who tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "lead_01JD3R00000000000000000009")]
    pub reference: Option<String>,
    /// What has happened.
    pub event: EventKind,
    /// The code of why, as the delivery's table of reasons has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "DUPE")]
    pub code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is paid for it in all, of `sold`; what it brought the buyer, of `converted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Money>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// What has happened to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It is paid for: `revenue` says how much, or it is what was agreed.
    Sold,
    /// Nobody bought it, and it is not paid for.
    Unsold,
    /// It was paid for, and came back.
    Returned,
    /// Of a lead that was returned to its supplier: the supplier does not take it back.
    ReturnRefused,
    /// The buyer has spoken to the person.
    Contacted,
    /// The person has bought; `revenue` says for how much, if anybody is to know.
    Converted,
    /// The buyer has not got hold of the person.
    NotReached,
}

/// What is wrong with an event.
pub type InvalidEvent = Invalid;

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Sold,
        Self::Unsold,
        Self::Returned,
        Self::ReturnRefused,
        Self::Contacted,
        Self::Converted,
        Self::NotReached,
    ];

    /// The word for it: `sold`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Unsold => "unsold",
            Self::Returned => "returned",
            Self::ReturnRefused => "return_refused",
            Self::Contacted => "contacted",
            Self::Converted => "converted",
            Self::NotReached => "not_reached",
        }
    }
}

impl Event {
    /// The event with its texts trimmed.
    ///
    /// # Errors
    /// What it says that cannot be, or does not go with what has happened.
    pub fn checked(mut self) -> Result<Self, Vec<InvalidEvent>> {
        let mut found = Vec::new();
        let mut text = |field: &str, text: Option<String>| {
            let text = text.filter(|text| !text.trim().is_empty());
            text.and_then(|text| one_line(field, &text, MAX_TEXT).map_err(|no| found.push(no)).ok())
        };
        self.code = text("code", self.code);
        self.reason = text("reason", self.reason);
        self.reference = text("reference", self.reference);
        match text("lead_ref", Some(self.lead_ref.clone())) {
            Some(lead_ref) => self.lead_ref = lead_ref,
            None => {
                found.push(Invalid::new("lead_ref", "required", "Say which lead it is, as it was called when it came."))
            }
        }
        let has_revenue = matches!(self.event, EventKind::Sold | EventKind::Converted);
        match self.revenue {
            Some(_) if !has_revenue => {
                found.push(Invalid::new("revenue", "not_for_event", "Only for sold and converted."));
            }
            Some(revenue) if !revenue.is_price() => {
                found.push(Invalid::new("revenue", "range", "It is zero or more, and at most what a lead may cost."));
            }
            Some(_) | None => {}
        }
        if found.is_empty() { Ok(self) } else { Err(found) }
    }
}
