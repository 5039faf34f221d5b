//! Offering a lead to others after its sale was returned.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{lead::Lead, setup::Invalid};

/// A lead loses its worth fast; what is older than this interests nobody.
const MAX_HOURS: u16 = 24 * 90;

/// A lead whose sale is returned is offered to others: to deliveries that have not been asked yet, in their order, and to
/// nobody who returned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReofferRule {
    /// Leads that came in longer ago are not, 1 to 2,160 hours.
    pub within_hours: u16,
}

impl ReofferRule {
    /// Whether the lead is young enough.
    pub fn covers(self, lead: &Lead, now: Timestamp) -> bool {
        lead.received.duration_until(now) <= SignedDuration::from_hours(self.within_hours.into())
    }

    pub(super) fn check(self, found: &mut Vec<Invalid>) {
        if !(1..=MAX_HOURS).contains(&self.within_hours) {
            let detail = format!("Use 1 to {MAX_HOURS} hours.");
            found.push(Invalid::new("reoffer.within_hours", "range", detail));
        }
    }
}
