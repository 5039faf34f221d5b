//! OpenAPI documents, as JSON.

use serde_json::Value;

/// The schemas that a document points to, as JSON pointers into it.
pub fn pointers(document: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    collect(document, &mut pointers);
    pointers
}

fn collect(value: &Value, pointers: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let pointer = fields.get("$ref").and_then(Value::as_str);
            pointers.extend(pointer.map(|pointer| pointer.trim_start_matches('#').to_owned()));
            fields.values().for_each(|value| collect(value, pointers));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, pointers)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
