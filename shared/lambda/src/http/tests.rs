//! What every answer of the API has.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
    routing::{get, post},
};
use domain::id::KeyId;
use lambda_http::tower::ServiceExt;
use serde_json::Value;
use tracing::Instrument;

use super::*;

fn router() -> Router {
    let routes = Router::new()
        .route("/things/{id}", get(async || "ok").post(async || "ok"))
        .route("/named/{id}", get(async |Named(id): Named<KeyId>| id.to_string()))
        .route("/named/{id}/key/{key}", get(async |Named((id, key)): Named<(KeyId, KeyId)>| format!("{id} {key}")))
        .route("/hangs", get(async || std::future::pending::<&str>().await))
        .route("/takes_a_while", get(async || tokio::time::sleep(std::time::Duration::from_secs(24)).await))
        .route("/panics", post(async || if true { panic!("a number was {}", 7) } else { "ok" }))
        .route("/spawned", get(async |Correlation(id): Correlation| async { id }.in_current_span().await));
    api(routes)
}

async fn ask(method: Method, path: &str, correlation: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(id) = correlation {
        request = request.header(X_CORRELATION_ID, id);
    }
    let answer = router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status, parts.headers, String::from_utf8(to_bytes(body, 10_000).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let (status, headers, body) = ask(Method::GET, "/nothing/here", None).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &Value::from("not_found")));
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(body["correlation_id"], headers[X_CORRELATION_ID].to_str().unwrap());
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_that_names_the_right_ones() {
    let (status, headers, body) = ask(Method::DELETE, "/things/1", None).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(headers[header::ALLOW], "GET,HEAD,POST");
    assert!(body.contains("\"method_not_allowed\""), "{body}");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_does_not_say_what_happened() {
    let (status, headers, body) = ask(Method::POST, "/panics", None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("\"internal\"") && !body.contains("number"), "{body}");
    assert!(headers.contains_key(X_CORRELATION_ID));
}

#[tokio::test]
async fn a_harmless_correlation_id_is_kept_and_any_other_replaced() {
    let kept = "order-17_a.b:c";
    let (_, headers, body) = ask(Method::GET, "/spawned", Some(kept)).await;
    assert_eq!((headers[X_CORRELATION_ID].to_str().unwrap(), body.as_str()), (kept, kept));
    for id in ["", "a b", "a@b.example", "\"", "<x>", &"x".repeat(65)] {
        let (_, headers, body) = ask(Method::GET, "/spawned", Some(id)).await;
        assert_eq!(headers[X_CORRELATION_ID], body);
        assert_eq!(body.len(), 26, "{id}");
    }
}

#[tokio::test]
async fn no_answer_is_cached_or_sniffed() {
    for path in ["/things/1", "/nothing"] {
        let (_, headers, _) = ask(Method::GET, path, None).await;
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}

#[tokio::test]
async fn a_name_that_nothing_can_have_is_not_found() {
    assert_eq!(ask(Method::GET, "/named/k1", None).await.2, "k1");
    assert_eq!(ask(Method::GET, "/named/k1/key/k2", None).await.2, "k1 k2");
    assert!(ask(Method::GET, "/named/K1", None).await.2.contains("of that name: a key id has 1 to 32 characters"));
    for path in ["/named/a%20b", "/named/%ff", "/named/K1", &format!("/named/{}", "x".repeat(33)), "/named/k1/key/K2"] {
        let (status, _, body) = ask(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(body.contains("There is no thing of that name"), "{path}: {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_answered_for_before_lambda_ends_it() {
    let began = tokio::time::Instant::now();
    let (status, headers, body) = ask(Method::GET, "/hangs", Some("slow-1")).await;
    assert_eq!(began.elapsed().as_secs(), 25);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &Value::from("try_again")));
    assert_eq!(
        (&headers[header::RETRY_AFTER], &body["correlation_id"]),
        (&"2".parse().unwrap(), &Value::from("slow-1"))
    );
    assert_eq!(ask(Method::GET, "/takes_a_while", None).await.0, StatusCode::OK);
}
