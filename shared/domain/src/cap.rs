//! Caps: how many leads may pass in an hour, a day, a week, a month, or altogether, by the calendar of a zone.

#[cfg(test)]
mod tests;
mod window;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::window::{Counted, InvalidCounted, Window, Windows};
use crate::setup::Invalid;

/// The highest cap; more than any installation sends.
const MAX_COUNT: u32 = 1_000_000_000;

/// At most so many in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// The period.
    pub per: CapPer,
    /// How many, 1 or more.
    pub count: u32,
}

/// What a cap counts by, shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapPer {
    /// An hour of the clock on the wall; where the clock is put back, the hour that it shows twice is one.
    Hour,
    /// A day of the calendar.
    Day,
    /// A week of the calendar, from Monday (ISO 8601).
    Week,
    /// A month of the calendar.
    Month,
    /// All time.
    Total,
}

impl CapPer {
    /// The word for people and programs: `hour`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    /// The same in a sentence on what has been reached.
    pub fn reached(self) -> &'static str {
        match self {
            Self::Hour => "no more leads in this hour",
            Self::Day => "no more leads on this day",
            Self::Week => "no more leads in this week",
            Self::Month => "no more leads in this month",
            Self::Total => "no more leads at all",
        }
    }
}

/// Says what is wrong with a list of caps, naming them below `place`.
pub fn check(caps: &[Cap], place: &str, found: &mut Vec<Invalid>) {
    for (at, cap) in caps.iter().enumerate() {
        if caps.iter().take(at).any(|earlier| earlier.per == cap.per) {
            let detail = format!("There is a cap per {} already; leave one of them.", cap.per.word());
            found.push(Invalid::new(format!("{place}.{at}.per"), "repeated", detail));
        }
        if !(1..=MAX_COUNT).contains(&cap.count) {
            let detail =
                format!("Use 1 to {MAX_COUNT}; leave the cap out for no limit, or deactivate to stop altogether.");
            found.push(Invalid::new(format!("{place}.{at}.count"), "range", detail));
        }
    }
}
