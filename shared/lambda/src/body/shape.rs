//! Whether a body has the shape that its type describes to OpenAPI. serde says so less kindly, and takes a list in the place
//! of an object, its values in the order of the members.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        KnownFormat, RefOr, Schema, SchemaFormat,
        schema::{AdditionalProperties, ArrayItems, SchemaType, Type},
    },
};

use crate::{problem::FieldError, query::read_day};

/// The first place where a value is of another kind than `T` has there.
pub(super) fn misfit<T: ToSchema>(body: &Value) -> Option<FieldError> {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let shape = Shape { parts: parts.into_iter().collect() };
    let root = T::schema();
    shape.misfit(body, &shape.choices([&root]))
}

struct Shape {
    /// What schemas refer to by name.
    parts: HashMap<String, RefOr<Schema>>,
}

impl Shape {
    fn misfit(&self, value: &Value, choices: &[&Schema]) -> Option<FieldError> {
        // What is described by nobody is unknown, which serde tells.
        let kinds = choices.iter().map(|choice| kinds(choice)).collect::<Option<Vec<_>>>()?.concat();
        if kinds.is_empty() {
            return None;
        }
        if !kinds.iter().any(|kind| is_of(value, kind)) {
            // Of what has a kind, several may have a member of this name.
            let words: BTreeSet<&str> = kinds.iter().filter_map(|kind| word(kind)).collect();
            let words = Vec::from_iter(words).join(" or ");
            return Some(FieldError::new("", "invalid", format!("Send {words} here.")));
        }
        match value {
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                let choices = self.choices(choices.iter().filter_map(|choice| member(choice, name)));
                self.misfit(value, &choices).map(|found| within(name, found))
            }),
            Value::Array(items) => {
                let choices = self.choices(choices.iter().filter_map(|choice| item(choice)));
                let found =
                    |(at, value)| self.misfit(value, &choices).map(|found| within(&usize::to_string(&at), found));
                items.iter().enumerate().find_map(found)
            }
            Value::String(text) if choices.iter().all(|choice| is_day(choice)) && read_day(text).is_none() => {
                Some(FieldError::new("", "invalid", "Use a day of the calendar, as yyyy-mm-dd."))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    /// What a value may be by these schemas: they may name others, or offer some.
    fn choices<'s>(&'s self, schemas: impl IntoIterator<Item = &'s RefOr<Schema>>) -> Vec<&'s Schema> {
        let choices = schemas.into_iter().flat_map(|schema| match schema {
            RefOr::Ref(named) => {
                let name = named.ref_location.rsplit('/').next().unwrap_or_default();
                self.choices(self.parts.get(name))
            }
            RefOr::T(Schema::OneOf(some)) => self.choices(&some.items),
            RefOr::T(Schema::AllOf(some)) => self.choices(&some.items),
            RefOr::T(Schema::AnyOf(some)) => self.choices(&some.items),
            RefOr::T(schema) => vec![schema],
        });
        choices.collect()
    }
}

/// None: any kind.
fn kinds(schema: &Schema) -> Option<&[Type]> {
    let kinds = if let Schema::Object(object) = schema {
        &object.schema_type
    } else if let Schema::Array(list) = schema {
        &list.schema_type
    } else {
        return None;
    };
    match kinds {
        SchemaType::Type(kind) => Some(std::slice::from_ref(kind)),
        SchemaType::Array(kinds) => Some(kinds),
        SchemaType::AnyValue => None,
    }
}

fn is_of(value: &Value, kind: &Type) -> bool {
    match kind {
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Null => value.is_null(),
    }
}

fn word(kind: &Type) -> Option<&'static str> {
    match kind {
        Type::Object => Some("an object"),
        Type::String => Some("a text"),
        Type::Integer => Some("a whole number"),
        Type::Number => Some("a number"),
        Type::Boolean => Some("true or false"),
        Type::Array => Some("a list"),
        // Who leaves it out says the same.
        Type::Null => None,
    }
}

fn member<'s>(schema: &'s Schema, name: &str) -> Option<&'s RefOr<Schema>> {
    let Schema::Object(object) = schema else { return None };
    object.properties.get(name).or_else(|| match object.additional_properties.as_deref()? {
        AdditionalProperties::RefOr(schema) => Some(schema),
        AdditionalProperties::FreeForm(_) => None,
    })
}

fn item(schema: &Schema) -> Option<&RefOr<Schema>> {
    let Schema::Array(list) = schema else { return None };
    match &list.items {
        ArrayItems::RefOrSchema(schema) => Some(schema),
        ArrayItems::False => None,
    }
}

fn is_day(schema: &Schema) -> bool {
    let day = SchemaFormat::KnownFormat(KnownFormat::Date);
    matches!(schema, Schema::Object(object) if object.format.as_ref() == Some(&day))
}

/// Put together on the way back: a place may be as long as the body, and there may be thousands.
fn within(step: &str, found: FieldError) -> FieldError {
    let field = if found.field.is_empty() { step.to_owned() } else { format!("{step}.{}", found.field) };
    FieldError { field, ..found }
}
