//! JSON as it was written: members in their order and repeated ones too, so that nothing is dropped in silence.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// From here on, neighbouring whole numbers are one and the same float.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// A text, a boolean, or a number that reads the same as text.
    Plain(String),
    /// A number with more digits than are kept of one.
    LongNumber,
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(value).filter(|_| value.abs() < EXACT_BELOW);
        Ok(number.map_or(Json::LongNumber, |number| Json::Plain(number.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Plain(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Plain(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn read(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_read_as_they_are_written_or_not_at_all() {
        for text in ["0", "-7", "447911123456", "18446744073709551615", "12.5", "0.1"] {
            assert_eq!(read(text), Json::Plain(text.to_owned()));
        }
        for text in ["18446744073709551616", "-9223372036854775809", "4.4791112345678901e20", "1e300"] {
            assert_eq!(read(text), Json::LongNumber, "{text}");
        }
        assert!(serde_json::from_str::<Json>("1e999").is_err());
    }

    #[test]
    fn members_stay_in_order_and_repeated_ones_stay_there() {
        let plain = |text: &str| Json::Plain(text.to_owned());
        let members = [("b", plain("1")), ("a", Json::Null), ("b", Json::List(vec![plain("true")]))];
        let members = members.map(|(name, value)| (name.to_owned(), value)).to_vec();
        assert_eq!(read(r#"{"b": 1, "a": null, "b": [true]}"#), Json::Object(members));
    }
}
