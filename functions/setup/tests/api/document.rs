//! What the OpenAPI document says of this function's routes.

use lambda::{http::Function, test_api::pointers};

#[test]
fn every_route_of_the_document_but_the_public_ones_asks_for_a_key() {
    let document = serde_json::to_value(setup::App::openapi()).unwrap();
    let mut open = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            if operation["security"].is_null() {
                open.push(format!("{method} {path}"));
            }
        }
    }
    open.sort();
    assert_eq!(open, ["get /health", "get /v1/openapi.json"]);
}

#[test]
fn the_operations_of_the_document_have_names_of_their_own() {
    let document = serde_json::to_value(setup::App::openapi()).unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let mut names: Vec<_> = operations.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), count), (35, 35));
}

#[test]
fn every_schema_that_the_document_points_to_is_in_it() {
    let document = serde_json::to_value(setup::App::openapi()).unwrap();
    let pointers = pointers(&document);
    assert!(pointers.len() > 50);
    for pointer in pointers {
        assert!(document.pointer(&pointer).is_some(), "{pointer}");
    }
}
