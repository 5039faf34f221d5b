//! Items: what serde makes of our rows, and what changed between two of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Unreadable, keys::Key};

/// An item as DynamoDB knows it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A row as an item.
pub(crate) fn to_item(row: &impl Serialize) -> Result<Item, Error> {
    serde_dynamo::to_item(row).map_err(Error::item)
}

/// An item as a row.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    read(item).map_err(Error::from)
}

/// Items as rows. One that cannot be read must not hide the others: it is told, and left out.
pub(crate) fn readable<T: DeserializeOwned>(items: Vec<Item>) -> (Vec<T>, Vec<Unreadable>) {
    let (mut rows, mut unreadable) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        match read(item) {
            Ok(row) => rows.push(row),
            Err(row) => {
                tracing::error!(error = %row, "a row is left out");
                unreadable.push(row);
            }
        }
    }
    (rows, unreadable)
}

/// An item as a row, or where it is.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, Unreadable> {
    let version = item.get("v").and_then(|version| version.as_n().ok()?.parse().ok());
    let key = key_of(&item);
    serde_dynamo::from_item(item).map_err(|_| Unreadable::at(key, version))
}

/// A string attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A key as the attributes that requests name it by.
pub(crate) fn key_attributes(key: Key) -> Item {
    HashMap::from([("pk".to_owned(), text(key.pk)), ("sk".to_owned(), text(key.sk))])
}

/// The key of an item, which every row has.
pub(crate) fn key_of(item: &Item) -> Key {
    let part = |name: &str| item.get(name).and_then(|part| part.as_s().ok()).cloned().unwrap_or_default();
    Key { pk: part("pk"), sk: part("sk") }
}

/// An update expression that turns one item into the other, with its names and values.
pub(crate) struct Changes {
    pub(crate) expression: String,
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: Item,
}

impl Changes {
    /// Sets what is new or different, removes what is gone, and leaves alone what newer code may have added.
    pub(crate) fn between(before: &Item, after: Item) -> Self {
        let (mut names, mut values) = (HashMap::new(), HashMap::new());
        let (mut sets, mut removes) = (Vec::new(), Vec::new());
        for (at, name) in before.keys().filter(|name| !after.contains_key(*name)).enumerate() {
            names.insert(format!("#r{at}"), name.clone());
            removes.push(format!("#r{at}"));
        }
        let mut changed: Vec<_> = after.into_iter().filter(|(name, value)| before.get(name) != Some(value)).collect();
        changed.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (at, (name, value)) in changed.into_iter().enumerate() {
            names.insert(format!("#s{at}"), name);
            values.insert(format!(":s{at}"), value);
            sets.push(format!("#s{at} = :s{at}"));
        }
        let mut expression = String::new();
        if !sets.is_empty() {
            expression.push_str(&format!("SET {}", sets.join(", ")));
        }
        if !removes.is_empty() {
            expression.push_str(&format!(" REMOVE {}", removes.join(", ")));
        }
        Self { expression, names, values }
    }
}
