//! `infra/openapi.json` is what the handlers say.

use std::path::Path;

use lambda::http::Function;
use reqwest::Method;
use serde_json::{Value, json};
use tests::World;
use utoipa::openapi::OpenApi;

/// The parts of all functions as one document.
fn document() -> OpenApi {
    let mut document = lambda::openapi::document();
    let parts = [
        ingest::App::openapi(),
        search::App::openapi(),
        bulk::App::openapi(),
        consent::App::openapi(),
        feedback::App::openapi(),
        lead_import::App::openapi(),
        delivery::api::App::openapi(),
        setup::App::openapi(),
        reports::App::openapi(),
        returns::App::openapi(),
    ];
    for part in parts {
        // Merging keeps the first of two schemas of the same name, so they have to be the same.
        let known = document.components.clone().unwrap_or_default().schemas;
        for (name, schema) in &part.components.clone().unwrap_or_default().schemas {
            assert!(known.get(name).is_none_or(|other| other == schema), "two schemas are called {name}");
        }
        document.merge(part);
    }
    document
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a person asks for the file to be written anew")]
fn the_document_is_what_the_handlers_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/openapi.json");
    let fresh = document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == fresh, "infra/openapi.json is stale: run UPDATE=1 cargo test -p tests openapi");
}

#[test]
fn every_route_of_the_template_is_in_the_document_and_the_other_way_round() {
    let template =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/template.yaml")).unwrap();
    let keys: Vec<(&str, &str)> = template
        .lines()
        .filter_map(|line| line.split("RouteKey: \"").nth(1)?.split('"').next())
        .filter_map(|key| key.split_once(' '))
        .collect();
    let routes: Vec<&str> = keys.iter().map(|(_, path)| *path).collect();
    for path in &routes {
        // With nothing but methods of their own in its routes, another one would be told that there is no such path.
        assert!(keys.contains(&("ANY", path)), "{path}");
    }
    let document = document();
    for path in document.paths.paths.keys() {
        assert!(routes.contains(&path.as_str()), "the template does not route {path}");
    }
    for route in &routes {
        assert!(document.paths.paths.contains_key(*route), "no handler describes {route}");
    }
    assert!(routes.len() > 10, "{routes:?}");
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_told_which_ones_it_does() {
    let world = World::new().await;
    for (path, item) in document().paths.paths {
        let concrete = path.replace(['{', '}'], "");
        let answer = world.as_seller(Method::PATCH, &concrete, &Value::Null).await;
        assert_eq!((answer.status, &answer.json["code"]), (405, &"method_not_allowed".into()), "{path}");
        let allowed = answer.headers.get("allow").cloned().unwrap_or_default();
        for (method, operation) in [("GET", item.get), ("POST", item.post), ("PUT", item.put), ("DELETE", item.delete)]
        {
            assert_eq!(allowed.split(',').any(|one| one == method), operation.is_some(), "{path}: {allowed}");
        }
    }
}

#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_refused_by_every_route_however_deep() {
    let world = World::new().await;
    let document: Value = serde_json::from_str(&document().to_json().unwrap()).unwrap();
    let (mut routes, mut places) = (0, 0);
    for (path, operations) in document["paths"].as_object().unwrap() {
        // Leads are read by a reader of their own, which knows no records; and feedback only once its signature fits.
        let others = ["/v1/leads", "/v1/feedback"];
        for (method, operation) in operations.as_object().unwrap().iter().filter(|_| !others.contains(&path.as_str())) {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let method: Method = method.to_uppercase().parse().unwrap();
            let lead = "01JD3QZ8000000000000000003";
            let id = match path {
                path if path.starts_with("/v1/returns/") => format!("return_{lead}.1.d1"),
                path if path.starts_with("/v1/return-files/") => format!("rfile_{lead}"),
                path if path.starts_with("/v1/bulk/") => format!("bulk_{lead}"),
                path if path.starts_with("/v1/lead-exports/") => format!("lexp_{lead}"),
                _ => format!("lead_{lead}"),
            };
            let concrete = path.replace("{id}", &id).replace(['{', '}'], "");
            routes += usize::from(!schema.is_null());
            for (place, body) in lists_for_objects(&document, schema, &mut Vec::new()) {
                let (headers, key) =
                    ([("if-match", "\"1\""), ("idempotency-key", "lists")], world.deployment.first_key());
                let answer = world.send(method.clone(), &concrete, &key, &headers, &body.to_string()).await;
                let error = &answer.json["errors"][0];
                // Of what has a kind, one may have a text where another has an object.
                let is_told = error["detail"].as_str().is_some_and(|detail| detail.ends_with("an object here."));
                assert!(answer.status == 422 && is_told && error["field"] == place, "{method} {path} {body}: {error}");
                places += 1;
            }
        }
    }
    assert!(routes >= 16 && places > 100, "{routes} routes, {places} places");
}

/// For each place of a body that an object may have: its name, and a body with an empty list there.
fn lists_for_objects<'d>(document: &'d Value, schema: &'d Value, way: &mut Vec<&'d str>) -> Vec<(String, Value)> {
    if !schema.is_object() {
        return Vec::new();
    }
    if let Some(pointer) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        if way.contains(&pointer) {
            return Vec::new();
        }
        way.push(pointer);
        let found = lists_for_objects(document, document.pointer(pointer).unwrap(), way);
        way.pop();
        return found;
    }
    let mut found = Vec::new();
    for choice in ["oneOf", "allOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        found.extend(lists_for_objects(document, choice, way));
    }
    let within = |step: &str, place: String| if place.is_empty() { step.to_owned() } else { format!("{step}.{place}") };
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let below = lists_for_objects(document, member, way).into_iter();
        found.extend(below.map(|(place, body)| (within(name, place), json!({ name: body }))));
    }
    let more = lists_for_objects(document, &schema["additionalProperties"], way).into_iter();
    found.extend(more.map(|(place, body)| (within("any", place), json!({ "any": body }))));
    let items = lists_for_objects(document, &schema["items"], way).into_iter();
    found.extend(items.map(|(place, body)| (within("0", place), json!([body]))));
    if schema["type"] == "object" || schema["type"].as_array().is_some_and(|types| types.contains(&"object".into())) {
        found.push((String::new(), json!([])));
    }
    found
}
