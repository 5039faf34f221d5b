//! The log line of a request. In a process of its own, as other tests' threads would decide which lines are of interest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, http::Request, routing::get};
use domain::access::{Key, Principal};
use lambda::auth::{Caller, secret_sha256};
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
    let key = Key {
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

#[tokio::test]
async fn each_request_is_one_log_line_with_the_route_instead_of_the_path() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
    let store = store_with_key().await;
    let router = lambda::http::api(Router::new().route("/things/{id}", get(async |_: Caller| "ok")).with_state(store));
    let request = Request::get("/things/jane@example.com?phone=07700900123")
        .header("X-Correlation-Id", "abc")
        .header("X-Key", "vk_k1_s3cret");
    router.oneshot(request.body(Body::empty()).unwrap()).with_subscriber(subscriber).await.unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&line["route"], &line["method"], &line["status"]),
        (&"/things/{id}".into(), &"GET".into(), &200.into())
    );
    assert_eq!((&line["span"]["correlation_id"], &line["span"]["key_id"]), (&"abc".into(), &"k1".into()));
    assert!(!text.contains("s3cret"), "{text}");
    assert!(line["elapsed_ms"].is_u64() && !text.contains("jane") && !text.contains("07700"), "{text}");
}
