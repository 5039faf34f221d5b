//! The zones of countries, by the IANA time zone database.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::tz::TimeZone;

use crate::{contact::Country, zone::Zone};

/// A country and a zone in each line.
const TABLE: &str = include_str!("zones.tab");

static ZONES: LazyLock<BTreeMap<&'static str, Vec<TimeZone>>> = LazyLock::new(|| {
    let mut zones: BTreeMap<_, Vec<TimeZone>> = BTreeMap::new();
    for (country, name) in TABLE.lines().filter_map(|line| line.split_once('\t')) {
        // The database that is compiled in has all of them, as a test sees.
        zones.entry(country).or_default().extend(name.parse::<Zone>().ok().map(|zone| zone.timezone().clone()));
    }
    zones
});

/// The zones of a country; empty, where the table knows none.
pub fn zones_of(country: Country) -> &'static [TimeZone] {
    ZONES.get(country.as_str()).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn every_zone_of_the_table_is_known_and_large_countries_have_several() {
        let lines = TABLE.lines().filter(|line| line.contains('\t')).count();
        assert_eq!(ZONES.values().map(Vec::len).sum::<usize>(), lines);
        assert!(lines > 400, "{lines}");
        let of = |country: &str| zones_of(country.parse().unwrap()).len();
        assert_eq!((of("GB"), of("DE") > 0), (1, true));
        for country in ["US", "AU", "CA", "BR", "RU", "MX", "ID"] {
            assert!(of(country) > 2, "{country}");
        }
    }
}
