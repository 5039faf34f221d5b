//! JSON as it was written: numbers with all their digits, members in their order and repeated ones too, so that nothing is
//! changed or dropped in silence.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// A text, or a boolean or number as it was written.
    Plain(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// Reads a text.
///
/// # Errors
/// It is not JSON, or nests too deeply.
pub(crate) fn read(text: &str) -> Result<Json, serde_json::Error> {
    // Raw values are read without a limit to their depth, and what is wrong in one is placed within it alone.
    serde_json::from_str::<Value>(text)?;
    serde_json::from_str(text)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        match text.as_bytes().first() {
            Some(b'n') => Ok(Self::Null),
            Some(b'"') => serde_json::from_str(text).map(Self::Plain),
            Some(b'[') => serde_json::from_str(text).map(Self::List),
            Some(b'{') => serde_json::from_str(text).map(|Members(members)| Self::Object(members)),
            Some(_) | None => Ok(Self::Plain(text.to_owned())),
        }
        .map_err(D::Error::custom)
    }
}

struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn numbers_and_booleans_read_as_they_are_written() {
        for text in [
            "0",
            "-0",
            "-7",
            "447911123456",
            "18446744073709551616",
            "1.50",
            "0.12345678901234567890",
            "1e2",
            "4.47E+11",
            "true",
            "false",
        ] {
            assert_eq!(read(&format!(" {text} ")).unwrap(), Json::Plain(text.to_owned()));
            let listed = Json::List(vec![Json::Plain(text.to_owned()), Json::Null]);
            assert_eq!(read(&format!("[ {text} , null]")).unwrap(), listed);
        }
        for text in ["1e999", "01", "+1", ".5", "NaN", "0x10"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_nests_too_deeply_or_is_no_text_is_refused_at_its_place() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&deep).unwrap_err().to_string().starts_with("recursion limit"));
        assert_eq!(read("{\"a\": \"x\",\n \"b\": \"\\ud800\"}").unwrap_err().line(), 2);
        assert_eq!(read("\"a\\u00e9\\n\"").unwrap(), Json::Plain("aé\n".to_owned()));
    }

    #[test]
    fn members_stay_in_order_and_repeated_ones_stay_there() {
        let plain = |text: &str| Json::Plain(text.to_owned());
        let members = [("b", plain("1")), ("a", Json::Null), ("b", Json::List(vec![plain("true")]))];
        let members = members.map(|(name, value)| (name.to_owned(), value)).to_vec();
        assert_eq!(read(r#"{"b": 1, "a": null, "b": [true]}"#).unwrap(), Json::Object(members));
    }
}
