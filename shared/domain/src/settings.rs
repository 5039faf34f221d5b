//! The account's settings: whose installation this is, and in which zone its days begin and end.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    money::Currency,
    setup::{Invalid, check_name},
    zone::{UnknownZone, Zone},
};

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

/// What holds before anybody has chosen.
impl Default for Settings {
    fn default() -> Self {
        Self { name: "Volley".to_owned(), time_zone: "UTC".to_owned(), currency: Currency::GBP }
    }
}

impl Settings {
    /// Says what is wrong with these settings, field by field.
    pub fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check_name(&self.name, &mut found);
        if let Err(unknown) = self.zone() {
            found.push(Invalid::new("time_zone", unknown.code(), unknown.to_string()));
        }
        found
    }

    /// The zone's rules.
    ///
    /// # Errors
    /// The database has no zone of that name.
    pub fn zone(&self) -> Result<TimeZone, UnknownZone> {
        self.time_zone.parse::<Zone>().map(|zone| zone.timezone().clone())
    }
}
