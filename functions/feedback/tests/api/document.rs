//! What the OpenAPI document says of this function's route.

use feedback::App;
use lambda::{http::Function, test_api::pointers};

#[test]
fn the_route_is_open_to_whoever_can_sign_and_every_schema_that_is_pointed_to_is_there() {
    let document = serde_json::to_value(App::openapi()).unwrap();
    let operation = &document["paths"]["/v1/feedback"]["post"];
    assert!(operation["security"].is_null(), "{operation:#}");
    let headers = operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "header").count();
    assert_eq!(headers, 3);
    for pointer in pointers(&document) {
        assert!(document.pointer(&pointer).is_some(), "{pointer}");
    }
}
