//! The body of a `PUT`: what replaces, or what `GET` answered, with a change.

use std::{fmt, marker::PhantomData};

use lambda::Problem;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::if_match::IfMatch;

const VERSION: &str = "version";

/// A record, or the settings, and the `version` beside it, if the caller left it in. serde's `flatten` would let members
/// pass that nobody knows.
#[derive(Debug)]
pub(crate) struct Replacement<T> {
    record: T,
    version: Option<u64>,
}

impl<T> Replacement<T> {
    /// What replaces the version that `If-Match` names.
    ///
    /// # Errors
    /// 412 when the body is made from another version.
    pub(crate) fn of(self, IfMatch(replaced): IfMatch) -> Result<T, Problem> {
        match self.version.filter(|version| *version != replaced) {
            None => Ok(self.record),
            Some(version) => Err(Problem::precondition_failed(format!(
                "The body is made from version {version}, If-Match names version {replaced}. Read it again, then replace that."
            ))),
        }
    }
}

/// The `version` is no part of the description: who writes a body by himself has no need of it.
impl<T: ToSchema> PartialSchema for Replacement<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: ToSchema> ToSchema for Replacement<T> {
    fn schemas(parts: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(parts);
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Replacement<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Replacement<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let mut version = None;
        let others = WithoutVersion { members, version: &mut version };
        let record = T::deserialize(MapAccessDeserializer::new(others))?;
        Ok(Replacement { record, version })
    }
}

/// The members but `version`, which is put aside.
struct WithoutVersion<'v, A> {
    members: A,
    version: &'v mut Option<u64>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutVersion<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.members.next_key::<String>()? {
            if name != VERSION {
                return seed.deserialize(name.into_deserializer()).map(Some);
            }
            if self.version.replace(self.members.next_value()?).is_some() {
                return Err(A::Error::duplicate_field(VERSION));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}
