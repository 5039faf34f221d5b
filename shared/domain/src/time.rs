//! Instants: always UTC, always whole milliseconds, always written with the same number of characters.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serializer};

/// Cuts an instant down to whole milliseconds, the precision that is stored and shown.
pub fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// RFC 3339 with exactly three decimals, so that text sorts as time does.
pub fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// An instant that much later; at the end of time, where there is none.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The UTC day of an instant.
pub fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// An instant of each month (UTC) from that of `newest` back to that of `oldest`.
pub fn months_back(newest: Timestamp, oldest: Timestamp) -> impl Iterator<Item = Timestamp> {
    let last = utc_day(oldest).first_of_month();
    let before = |month: &Date| month.checked_sub(1.month()).ok();
    let months = std::iter::successors(Some(utc_day(newest).first_of_month()), before);
    months
        .take_while(move |month| *month >= last)
        .filter_map(|month| Some(month.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

/// Writes an instant with `#[serde(with = "…")]` in the form of [`rfc3339`].
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}

/// Reads an instant in RFC 3339.
///
/// # Errors
/// Those of the deserializer, and text that is no instant.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::deserialize(deserializer)
}

/// An instant that may be absent, written the same way.
pub mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    /// As [`super::serialize`].
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => crate::time::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// As [`super::deserialize`].
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Option::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_with_exactly_three_decimals() {
        assert_eq!(rfc3339(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
