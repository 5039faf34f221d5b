//! Time zones as people name them: `Europe/London`.

use std::{fmt, str::FromStr};

use jiff::tz::TimeZone;
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

/// The text names no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Use an IANA time zone such as Europe/London.")]
pub struct UnknownZone;

impl UnknownZone {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "unknown_zone"
    }
}

/// A zone of the IANA time zone database; the tables are compiled in, so that every machine reads the same time.
#[derive(Clone, Debug, PartialEq, Eq, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, example = "Europe/London")]
pub struct Zone(TimeZone);

impl Zone {
    /// Its rules.
    pub fn timezone(&self) -> &TimeZone {
        &self.0
    }

    /// Its name, in the database's own case.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads the name in any case.
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        TimeZone::get(text).ok().filter(|zone| !zone.is_unknown()).map(Self).ok_or(UnknownZone)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_database_comes_back_from_its_name() {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        assert!(names.len() > 400, "{} zones", names.len());
        for name in names.into_iter().filter(|name| name != "Etc/Unknown") {
            assert_eq!(name.parse::<Zone>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn a_zone_is_read_in_any_case_and_written_in_its_own() {
        let zone: Zone = serde_json::from_str("\"europe/london\"").unwrap();
        assert_eq!(serde_json::to_string(&zone).unwrap(), "\"Europe/London\"");
    }

    #[test]
    fn an_offset_an_abbreviation_and_a_misspelling_are_no_zones() {
        for text in ["", "+01:00", "GMT+1", "Europe/Londn", "Etc/Unknown", " UTC"] {
            let error = text.parse::<Zone>().unwrap_err();
            assert_eq!((error.code(), error.to_string().contains("Europe/London")), ("unknown_zone", true), "{text}");
        }
    }
}
