//! What a campaign asks of a lead beyond its fields, and what becomes of those that it puts aside.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    filter::{Filter, MAX_FILTERS},
    setup::Invalid,
    time::later,
};

/// A lead may wait this long for a decision, in hours.
const MAX_QUARANTINE_HOURS: u16 = 720;

/// A filter of a campaign, and what becomes of leads that it does not let through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignFilter {
    /// The filter.
    pub filter: Filter,
    /// What becomes of leads that do not pass it.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// What becomes of a lead that does not pass a campaign's filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// It is rejected with -6.
    #[default]
    Reject,
    /// It is put into quarantine.
    Quarantine,
}

/// What becomes of leads that are put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantineRule {
    /// Leads that every delivery passed over are put aside too.
    #[serde(default)]
    pub when_all_skipped: bool,
    /// After so many hours the campaign decides by itself: 1 to 720.
    pub hours: u16,
    /// And decides this.
    pub then: QuarantineEnd,
}

/// What becomes of a lead that nobody has decided in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineEnd {
    /// It is let go, and offered as if it came in now.
    Release,
    /// It is turned away.
    Reject,
}

impl QuarantineRule {
    /// When a quarantine that begins `now` ends by itself.
    pub fn ends(&self, now: Timestamp) -> Timestamp {
        later(now, SignedDuration::from_hours(self.hours.into()))
    }

    pub(super) fn check(&self, found: &mut Vec<Invalid>) {
        if !(1..=MAX_QUARANTINE_HOURS).contains(&self.hours) {
            let detail = format!("Use 1 to {MAX_QUARANTINE_HOURS} hours.");
            found.push(Invalid::new("quarantine.hours", "range", detail));
        }
    }
}

/// Says what is wrong with a campaign's filters by themselves.
pub(super) fn check(filters: &[CampaignFilter], found: &mut Vec<Invalid>) {
    if filters.len() > MAX_FILTERS {
        found.push(Invalid::new("filters", "length", format!("Use at most {MAX_FILTERS} filters.")));
    }
    for (at, one) in filters.iter().enumerate().take(MAX_FILTERS) {
        one.filter.check(&format!("filters.{at}.filter"), found);
    }
}
