//! What the OpenAPI document says of this function's routes.

use consent::App;
use lambda::{http::Function, test_api::pointers};

#[test]
fn only_the_routes_of_links_ask_for_no_key_and_every_schema_that_is_pointed_to_is_there() {
    let document = serde_json::to_value(App::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 3);
    for (path, operations) in paths {
        for operation in operations.as_object().unwrap().values() {
            let is_open = path == "/v1/unsubscribe/{token}";
            assert_eq!(operation["security"].is_array(), !is_open, "{path} {operation:#}");
        }
    }
    for pointer in pointers(&document) {
        assert!(document.pointer(&pointer).is_some(), "{pointer}");
    }
}
