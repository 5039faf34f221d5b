//! What callers are told about bodies that cannot be read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use axum::{body::Body, http::StatusCode};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq, ToSchema)]
#[serde(deny_unknown_fields)]
struct Form {
    name: String,
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize, PartialEq, ToSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    size: u8,
}

/// A parcel with parts that differ by their kind.
#[derive(Debug, Deserialize, ToSchema)]
struct Parcel {
    #[serde(rename = "content")]
    _content: Vec<Content>,
    #[serde(default, rename = "labels")]
    _labels: BTreeMap<String, Part>,
    #[serde(default, rename = "sent")]
    #[schema(value_type = Option<String>, format = Date)]
    _sent: Option<jiff::civil::Date>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Content {
    Filled {
        #[serde(rename = "form")]
        _form: Form,
    },
}

fn refusal(body: &str) -> (u16, &'static str, String, &'static str) {
    let problem = read_json::<Form>(body.as_bytes()).unwrap_err();
    let error = problem.errors.into_iter().next().unwrap_or_else(|| FieldError::new("", "", ""));
    (problem.status.as_u16(), problem.code, error.field, error.code)
}

fn request(kind: &str, body: impl Into<Body>) -> Request {
    Request::post("/").header(header::CONTENT_TYPE, kind).body(body.into()).unwrap()
}

#[tokio::test]
async fn a_json_body_is_read() {
    let body = r#"{"name": "a", "parts": [{"size": 1}]}"#;
    let ApiJson(form) =
        ApiJson::<Form>::from_request(request("application/json; charset=utf-8", body), &()).await.unwrap();
    assert_eq!(form, Form { name: "a".to_owned(), parts: vec![Part { size: 1 }] });
}

#[tokio::test]
async fn a_body_of_another_kind_or_of_no_kind_is_refused() {
    for kind in ["text/plain", "", "application/x-www-form-urlencoded", "text/json+json"] {
        let problem = ApiJson::<Form>::from_request(request(kind, "{}"), &()).await.unwrap_err();
        assert_eq!(problem.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_not_a_byte_larger() {
    let sized = |bytes: usize| format!("{{\"name\":\"{}\"}}", "a".repeat(bytes - 11));
    let ok = ApiJson::<Form>::from_request(request("application/json", sized(MAX_BODY_BYTES)), &()).await;
    assert_eq!(ok.unwrap().0.name.len(), MAX_BODY_BYTES - 11);
    let problem = ApiJson::<Form>::from_request(request("application/json", sized(MAX_BODY_BYTES + 1)), &()).await;
    assert_eq!(problem.unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_body_that_is_no_json_is_refused_with_its_place() {
    for body in ["", "{", "{\"name\": \"a\"", "{'name': 1}", "{\"name\": \"a\"} x"] {
        assert_eq!(refusal(body), (400, "invalid_json", String::new(), ""), "{body}");
    }
    let problem = read_json::<Form>(b"{\n  \"name\": oops\n}").unwrap_err();
    assert_eq!(problem.detail, "The body is not valid JSON: look at line 2, column 11.");
}

#[test]
fn a_body_that_says_something_else_is_refused_with_the_field() {
    let cases = [
        ("{}", "name", "required"),
        (r#"{"name": "a", "nmae": "b"}"#, "nmae", "unknown_field"),
        (r#"{"name": "a", "name": "b"}"#, "name", "repeated"),
        (r#"{"name": 1}"#, "name", "invalid"),
        (r#"{"name": "a", "parts": [{"size": 1}, {"size": 999}]}"#, "parts.1.size", "invalid"),
        (r#"{"name": "a", "parts": [{}]}"#, "parts.0.size", "required"),
        (r#"{"name": "a", "parts": [{"size": 1, "sise": 1}]}"#, "parts.0.sise", "unknown_field"),
        ("[]", "", "invalid"),
    ];
    for (body, field, code) in cases {
        assert_eq!(refusal(body), (422, "invalid_body", field.to_owned(), code), "{body}");
    }
}

#[test]
fn a_list_in_the_place_of_an_object_is_refused_however_deep() {
    let form = r#"{"name": "a", "parts": [{"size": 1}]}"#;
    let whole = format!(r#"{{"content": [{{"kind": "filled", "form": {form}}}], "labels": {{"x": {{"size": 2}}}}}}"#);
    assert!(read_json::<Parcel>(whole.as_bytes()).is_ok());
    let cases = [
        (r#"[[]]"#.to_owned(), ""),
        (whole.replace(form, r#"["a", [{"size": 1}]]"#), "content.0.form"),
        (whole.replace(r#"{"size": 1}"#, "[1]"), "content.0.form.parts.0"),
        (whole.replace(r#"{"size": 2}"#, "[2]"), "labels.x"),
        (whole.replace(r#"{"x": {"size": 2}}"#, r#"[["x", [2]]]"#), "labels"),
    ];
    for (body, field) in cases {
        let problem = read_json::<Parcel>(body.as_bytes()).unwrap_err();
        let expected = FieldError::new(field, "invalid", "Send an object here.");
        assert_eq!((problem.code, problem.errors), ("invalid_body", vec![expected]), "{body}");
    }
}

#[test]
fn what_is_wrong_with_a_value_is_told_in_words_of_the_api() {
    let size = |text: &str| format!(r#"{{"content": [], "labels": {{"x": {{"size": {text}}}}}}}"#);
    let sent = |text: &str| format!(r#"{{"content": [], "sent": {text}}}"#);
    let cases = [
        (size("999"), "labels.x.size", "The number is too small or too large."),
        (size("1.5"), "labels.x.size", "Send a whole number here."),
        (size(r#""1""#), "labels.x.size", "Send a whole number here."),
        (size("null"), "labels.x.size", "Send a whole number here."),
        (r#"{"content": null}"#.to_owned(), "content", "Send a list here."),
        (sent("7"), "sent", "Send a text here."),
        (sent(r#""2026-13-01""#), "sent", "Use a day of the calendar, as yyyy-mm-dd."),
        (sent(r#""2026-01-01T10:00""#), "sent", "Use a day of the calendar, as yyyy-mm-dd."),
    ];
    for (body, field, detail) in cases {
        let problem = read_json::<Parcel>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.errors, [FieldError::new(field, "invalid", detail)], "{body}");
    }
    for body in [size("7"), sent("null"), sent(r#""2026-01-31""#)] {
        assert!(read_json::<Parcel>(body.as_bytes()).is_ok(), "{body}");
    }
}

#[test]
fn a_byte_order_mark_says_nothing() {
    assert!(read_json::<Form>("\u{feff}{\"name\": \"a\"}".as_bytes()).is_ok());
}

#[test]
fn a_misspelt_field_within_what_has_a_kind_is_refused_with_its_whole_path() {
    let cases = [
        (r#"{"name": "a", "nmae": "b"}"#, "content.1.form.nmae"),
        (r#"{"name": "a", "parts": [{"size": 1, "sise": 1}]}"#, "content.1.form.parts.0.sise"),
        // It stands in two places, and serde does not tell which of them is meant.
        (r#"{"name": "a", "size": 1, "parts": [{"size": 1}]}"#, "content.1.size"),
    ];
    for (form, field) in cases {
        let body = format!(
            r#"{{"content": [{{"kind": "filled", "form": {{"name": "a"}}}}, {{"kind": "filled", "form": {form}}}]}}"#
        );
        let problem = read_json::<Parcel>(body.as_bytes()).unwrap_err();
        assert_eq!((problem.errors[0].field.as_str(), problem.errors[0].code), (field, "unknown_field"), "{body}");
    }
}

#[test]
fn of_a_name_that_stands_in_many_places_no_more_than_two_are_looked_for() {
    let key = "k".repeat(90_000);
    let body = serde_json::json!({ key.as_str(): vec![serde_json::json!({ "zz": 1 }); 8_000], "b": { "zz": 1 } });
    let (mut way, mut places) = (Vec::new(), Vec::new());
    find(&body, "zz", &mut way, &mut places);
    assert_eq!((places.len(), way.len()), (2, 0));
    let mut places = Vec::new();
    find(&body["b"], "zz", &mut vec!["b".into()], &mut places);
    assert_eq!(places, ["b"]);
    assert_eq!(place_within(&body, "", "zz"), None);
    assert_eq!(place_within(&body, "b", "zz"), Some("b".to_owned()));
}

#[test]
fn what_is_wrong_with_a_field_is_a_sentence_without_the_place_in_the_text() {
    let problem = read_json::<Form>(br#"{"nmae": "b"}"#).unwrap_err();
    assert_eq!(problem.errors[0].detail, "Unknown field `nmae`, expected `name` or `parts`.");
    assert_eq!((sentence("say it"), sentence("Said.")), ("Say it.".to_owned(), "Said.".to_owned()));
}

#[tokio::test]
async fn an_idempotency_key_is_visible_text_of_limited_length() {
    let read = async |key: &[u8]| {
        let (mut parts, ()) =
            axum::http::Request::builder().header(IDEMPOTENCY_KEY, key).body(()).unwrap().into_parts();
        IdempotencyKey::from_request_parts(&mut parts, &()).await.map(|key| key.0).map_err(|problem| problem.code)
    };
    let longest = "k".repeat(255);
    assert_eq!(read(longest.as_bytes()).await, Ok(Some(longest)));
    for key in [&b""[..], b"a b", "é".as_bytes(), "k".repeat(256).as_bytes()] {
        assert_eq!(read(key).await, Err("invalid_idempotency_key"), "{key:?}");
    }
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    assert_eq!(IdempotencyKey::from_request_parts(&mut parts, &()).await, Ok(IdempotencyKey(None)));
}
