//! The account's settings: whose installation this is, and in which zone its days begin and end.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{money::Currency, setup::Invalid};

/// The account that runs this installation. One deployment serves one agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The agency's name, as shown to people.
    pub name: String,
    /// IANA time zone in which days are counted and times are shown, such as `Europe/London`.
    pub time_zone: String,
    /// ISO 4217 code that new campaigns start with.
    pub currency: Currency,
}

impl Settings {
    /// Says what is wrong with these settings, field by field.
    pub fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if self.name.trim().is_empty() || self.name.len() > 200 {
            found.push(Invalid::new("name", "length", "Give the account a name of 1 to 200 characters."));
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            found.push(Invalid::new("time_zone", "unknown_zone", "Use an IANA zone such as Europe/London."));
        }
        found
    }
}
