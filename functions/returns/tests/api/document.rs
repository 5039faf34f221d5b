//! What the OpenAPI document says of this function's routes.

use lambda::http::Function;
use serde_json::Value;

#[test]
fn every_route_asks_for_a_key_and_every_schema_it_points_to_is_there() {
    let document = serde_json::to_value(returns::App::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 10);
    for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        assert!(operation["operationId"].is_string() && operation["security"].is_array(), "{operation:#}");
    }
    let mut pointers = Vec::new();
    collect(&document, &mut pointers);
    assert!(pointers.len() > 20);
    for pointer in pointers {
        assert!(document.pointer(pointer.trim_start_matches('#')).is_some(), "{pointer}");
    }
}

fn collect(value: &Value, pointers: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            pointers.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, pointers));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, pointers)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
