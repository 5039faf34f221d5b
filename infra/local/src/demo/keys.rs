//! The keys of the demonstration's suppliers and of one buyer.

use serde::Deserialize;
use serde_json::json;

use super::api::Api;
use super::memory::Memory;
use super::records::{BUYER, SUPPLIERS};
use crate::StackError;

#[derive(Deserialize)]
struct Keys {
    items: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    key_id: String,
    active: bool,
}

#[derive(Deserialize)]
struct Made {
    key: String,
}

/// Sees to it that the memory has a working key of each, where one can still be made.
pub(super) async fn provide(api: &Api, memory: &mut Memory) -> Result<(), StackError> {
    let listed: Keys = api.get("/v1/keys?limit=200").await?.expect(&[200])?;
    let opens = |key: &str| {
        let id = key.split('_').nth(1);
        listed.items.iter().any(|listed| listed.active && Some(listed.key_id.as_str()) == id)
    };
    memory.keys.retain(|_, key| opens(key));
    let owners = SUPPLIERS.map(|sid| ("supplier", "sid", sid)).into_iter().chain([("buyer", "bid", BUYER)]);
    for (role, field, reference) in owners {
        if memory.keys.contains_key(reference) {
            continue;
        }
        let answer = api.post("/v1/keys", &json!({ "role": role, field: reference, "label": "demo" })).await?;
        // Two that nobody remembers: the person has to revoke one.
        if (answer.status, answer.code()) != (409, "too_many_keys") {
            let made: Made = answer.expect(&[201])?;
            memory.keys.insert(reference.to_owned(), made.key);
        }
    }
    memory.save()
}
