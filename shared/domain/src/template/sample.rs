//! Made-up values for a template that is judged before any lead is there.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

/// Some time in the form in which templates get times.
const SOME_TIME: &str = "2026-11-05T10:20:30.400Z";

/// What a template may meet: a lead that has every field, and one that has none.
pub(super) fn values(used: HashSet<String>) -> [Value; 2] {
    let fields: Map<String, Value> =
        used.iter().filter_map(|name| name.strip_prefix("lead.")).map(|field| (field.to_owned(), json!("1"))).collect();
    [with_fields(fields), with_fields(Map::new())]
}

fn with_fields(mut fields: Map<String, Value>) -> Value {
    fields.insert("id".to_owned(), json!("lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ"));
    fields.insert("received".to_owned(), json!(SOME_TIME));
    json!({
        "lead": fields,
        "attempt": { "id": "att_01JCXV5A8M3Q4R5S6T7V8W9XYZ", "number": 1, "at": SOME_TIME },
        "sms": { "to": "+447700900123", "text": "Hello" },
        "campaign": "campaign", "supplier": "supplier", "source": "source",
    })
}
