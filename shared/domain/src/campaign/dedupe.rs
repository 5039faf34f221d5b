//! When two leads are the same.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{field::FieldName, setup::Invalid};

/// Leads that agree in all of these fields, within the window, are duplicates of the first accepted one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DedupeRule {
    /// The fields that are compared, together, after normalisation.
    pub fields: Vec<FieldName>,
    /// Days that an accepted lead blocks its duplicates.
    pub window_days: u16,
}

impl DedupeRule {
    /// What of a lead is compared. Empty: it cannot be told from others by this rule.
    pub fn values(&self, fields: &BTreeMap<FieldName, String>) -> BTreeMap<FieldName, String> {
        let value = |name: &FieldName| fields.get(name).map(|value| (name.clone(), value.to_lowercase()));
        self.fields.iter().filter_map(value).collect()
    }

    /// What was there before this instant blocks nothing any more.
    pub fn window_start(&self, now: Timestamp) -> Timestamp {
        now.checked_sub(self.window()).unwrap_or(Timestamp::MIN)
    }

    /// How long it blocks.
    pub fn window(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.window_days))
    }

    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        if self.fields.is_empty() || self.fields.len() > 10 {
            found.push(Invalid::new("dedupe.fields", "length", "Name 1 to 10 fields that make two leads the same."));
        }
        if self.window_days == 0 || self.window_days > 3650 {
            found.push(Invalid::new("dedupe.window_days", "range", "Use 1 to 3650 days."));
        }
    }
}
