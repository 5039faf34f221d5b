//! What templates see of a lead.

use serde_json::{Map, Value, json};

use crate::{lead::Lead, time::rfc3339};

/// The lead's fields, `id`, `received` and `source` below `lead`, and its `campaign`, `supplier` and `source`.
pub fn lead_values(lead: &Lead) -> Map<String, Value> {
    let source = lead.source.as_deref().unwrap_or_default();
    let mut own: Map<String, Value> =
        lead.fields.iter().map(|(name, value)| (name.to_string(), Value::from(value.as_str()))).collect();
    own.insert("id".to_owned(), lead.id.to_string().into());
    own.insert("received".to_owned(), rfc3339(lead.received).into());
    own.insert("source".to_owned(), source.into());
    let named: [(&str, Value); 4] = [
        ("lead", Value::Object(own)),
        ("campaign", json!(lead.campid.as_str())),
        ("supplier", json!(lead.sid.as_str())),
        ("source", json!(source)),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
