//! `infra/openapi.json` is what the handlers say.

use std::path::Path;

use lambda::http::Function;
use reqwest::Method;
use serde_json::Value;
use tests::World;
use utoipa::openapi::OpenApi;

/// The parts of all functions as one document.
fn document() -> OpenApi {
    let mut document = lambda::openapi::document();
    let parts = [
        ingest::App::openapi(),
        search::App::openapi(),
        delivery::api::App::openapi(),
        setup::App::openapi(),
        reports::App::openapi(),
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
    let routes: Vec<&str> = template
        .lines()
        .filter_map(|line| line.split("RouteKey: \"").nth(1)?.split('"').next())
        .filter_map(|key| key.split_once(' '))
        // With a method of its own in the route, another one would be told that there is no such path.
        .inspect(|(method, path)| assert_eq!(*method, "ANY", "{path}"))
        .map(|(_, path)| path)
        .collect();
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
