//! The log line of a request. In a process of its own, as other tests' threads would decide which lines are of interest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{self, Request},
    routing::get,
};
use domain::access::{ApiKey, Principal};
use lambda::{
    StartError,
    auth::{Caller, secret_sha256},
    telemetry,
};
use lambda_http::tower::ServiceExt;
use serde_json::Value;
use store::{Store, test_tables::TestTables};
use tracing::instrument::WithSubscriber;

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn store_with_key() -> Store {
    let store = TestTables::start().await.store();
    let key = ApiKey {
        id: "k1".parse().unwrap(),
        principal: Principal::Seller,
        label: "k1".to_owned(),
        secret_sha256: secret_sha256("s3cret"),
        created: lambda::now(),
        revoked: None,
    };
    store.make_key(&key).await.unwrap();
    store
}

/// What is logged while `request` is answered.
async fn lines_of(router: Router, request: http::request::Builder) -> Vec<Value> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = telemetry::json_lines(telemetry::filter("info"), move || writer.clone());
    router.oneshot(request.body(Body::empty()).unwrap()).with_subscriber(subscriber).await.unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn each_request_is_one_log_line_with_the_route_instead_of_the_path() {
    let store = store_with_key().await;
    let router = lambda::http::api(Router::new().route("/things/{id}", get(async |_: Caller| "ok")).with_state(store));
    let request = Request::get("/things/jane@example.com?phone=07700900123")
        .header("X-Correlation-Id", "abc")
        .header("X-Key", "vk_k1_s3cret");
    let lines = lines_of(router, request).await;
    let [line] = lines.as_slice() else { unreachable!("one line: {lines:?}") };
    let names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    // Sorted, as a JSON object is when it is read.
    let expected =
        ["correlation_id", "elapsed_ms", "key_id", "level", "message", "method", "route", "status", "timestamp"];
    assert_eq!(names, expected);
    assert_eq!(
        (&line["route"], &line["method"], &line["status"]),
        (&"/things/{id}".into(), &"GET".into(), &200.into())
    );
    assert_eq!((&line["correlation_id"], &line["key_id"]), (&"abc".into(), &"k1".into()));
    let text = line.to_string();
    assert!(!["s3cret", "jane", "07700"].iter().any(|data| text.contains(data)), "{text}");
}

#[tokio::test]
async fn an_error_is_a_flat_line_with_its_causes_and_what_leads_to_the_request() {
    let broken = async || {
        let cause = StartError::part("the client", "no roots of trust");
        lambda::Problem::broken(&cause)
    };
    let router = lambda::http::api(Router::new().route("/broken", get(broken)));
    let lines = lines_of(router, Request::get("/broken").header("X-Correlation-Id", "abc")).await;
    let [error, answered] = lines.as_slice() else { unreachable!("two lines: {lines:?}") };
    assert_eq!((&error["level"], &error["correlation_id"]), (&"ERROR".into(), &"abc".into()));
    assert_eq!(error["error"], "the client cannot be built: no roots of trust");
    assert_eq!((&answered["status"], &answered["correlation_id"]), (&500.into(), &"abc".into()));
}
