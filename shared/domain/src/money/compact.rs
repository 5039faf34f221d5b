//! Money as one short string, `1250 GBP` in minor units: the form in which items keep it.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use super::Money;

/// Writes the minor units and the currency.
pub fn serialize<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{} {}", money.minor, money.currency))
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Anything else.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text.split_once(' ').and_then(|(minor, currency)| Some((minor.parse().ok()?, currency.parse().ok()?)));
    let (minor, currency) = parts.ok_or_else(|| D::Error::custom("stored money is minor units and a currency"))?;
    Ok(Money { minor, currency })
}

/// An amount that may be absent, written the same way.
pub mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::money::Money;

    #[derive(Serialize, Deserialize)]
    struct Compact(#[serde(with = "super")] Money);

    /// As [`super::serialize`].
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(money: &Option<Money>, serializer: S) -> Result<S::Ok, S::Error> {
        money.map(Compact).serialize(serializer)
    }

    /// As [`super::deserialize`].
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
        Ok(Option::<Compact>::deserialize(deserializer)?.map(|Compact(money)| money))
    }
}
