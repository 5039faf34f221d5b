//! The log line of a panic. In a process of its own, as there is one panic hook in each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, http::Request, routing::get};
use lambda::telemetry;
use lambda_http::tower::ServiceExt;
use serde_json::Value;
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

async fn slices_a_name() -> &'static str {
    let name = "Zoë Smith".to_owned();
    // In the middle of the ë: the panic quotes the whole name.
    if name[..3].is_empty() { "empty" } else { "" }
}

#[tokio::test]
async fn a_panic_is_one_line_that_says_where_it_was_and_nothing_that_it_quotes() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = telemetry::json_lines(telemetry::filter("info"), move || writer.clone());
    let router = lambda::http::api(Router::new().route("/name", get(slices_a_name)));
    let request = Request::get("/name").header("X-Correlation-Id", "abc").body(Body::empty()).unwrap();

    telemetry::report_panics();
    let answer = router.oneshot(request).with_subscriber(subscriber).await.unwrap();
    // What fails below is to be shown as usual.
    drop(std::panic::take_hook());

    assert_eq!(answer.status(), 500);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!((&lines[0]["message"], &lines[0]["correlation_id"]), (&"panicked".into(), &"abc".into()));
    assert!(lines[0]["at"].as_str().unwrap().contains("panic_line.rs:"), "{text}");
    assert!(!text.contains("Zo") && !text.contains("Smith"), "{text}");
    assert_eq!((&lines[1]["message"], &lines[1]["status"]), (&"answered".into(), &500.into()));
}
