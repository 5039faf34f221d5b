//! What the OpenAPI document says of this function's routes.

use lambda::{http::Function, test_api::pointers};

#[test]
fn every_route_asks_for_a_key_and_every_schema_it_points_to_is_there() {
    let document = serde_json::to_value(lead_import::App::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 2);
    for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        assert!(operation["operationId"].is_string() && operation["security"].is_array(), "{operation:#}");
    }
    let pointers = pointers(&document);
    assert!(pointers.len() > 8);
    for pointer in pointers {
        assert!(document.pointer(&pointer).is_some(), "{pointer}");
    }
}
