//! What callers see of errors, and what they do not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::body::to_bytes;
use utoipa::{PartialSchema, ToSchema};

use super::*;

async fn body(problem: Problem) -> serde_json::Value {
    let bytes = to_bytes(problem.into_response().into_body(), 10_000).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_problem_names_its_kind_its_code_and_every_field() {
    let problem = Problem::unprocessable("invalid", "Two fields are wrong.").with_errors([
        FieldError::new("name", "length", "Give it a name."),
        FieldError::new("fields.2.pattern", "pattern", "Close the bracket."),
    ]);
    insta::assert_json_snapshot!(body(problem).await, @r#"
    {
      "code": "invalid",
      "detail": "Two fields are wrong.",
      "errors": [
        {
          "code": "length",
          "detail": "Give it a name.",
          "field": "name"
        },
        {
          "code": "pattern",
          "detail": "Close the bracket.",
          "field": "fields.2.pattern"
        }
      ],
      "status": 422,
      "title": "The request is refused for what it says",
      "type": "urn:volley:problem:invalid"
    }
    "#);
}

#[tokio::test]
async fn a_failure_of_a_service_says_when_to_come_back_and_nothing_of_its_cause() {
    let error = store::Error::Service { call: "PutItem", source: "table prod-Leads is gone".into() };
    let answer = Problem::from(error).into_response();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "2");
    assert_eq!(answer.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    let text = String::from_utf8(to_bytes(answer.into_body(), 10_000).await.unwrap().to_vec()).unwrap();
    assert!(text.contains("\"try_again\"") && !text.contains("prod-Leads") && !text.contains("PutItem"), "{text}");
}

#[test]
fn an_unreadable_item_is_our_own_fault_and_contention_and_too_large_a_question_are_not() {
    let codes = [
        store::Error::Item("field x".into()),
        store::Error::Contended { what: "the lead" },
        store::Error::Service { call: "Query", source: "throttled".into() },
        store::Error::TooMuchToRead { max: 1 },
    ]
    .map(|error| Problem::from(error).code);
    assert_eq!(codes, ["internal", "try_again", "try_again", "too_much_to_read"]);
}

#[test]
fn the_schema_describes_what_is_sent() {
    let schema = serde_json::to_value(Problem::schema()).unwrap();
    let required = serde_json::json!(["type", "title", "status", "code", "detail"]);
    assert_eq!(schema["required"], required, "{schema:#}");
    assert_eq!(Problem::name(), "Problem");
}
