//! What came back, read whole.

use axum::{
    body::to_bytes,
    http::{HeaderMap, header::CONTENT_TYPE},
    response::Response,
};
use serde_json::Value;

/// No answer is longer.
const MAX_BYTES: usize = 10_000_000;

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is a file or a page. Every other answer has to be JSON.
    pub json: Value,
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, MAX_BYTES).await.unwrap().to_vec()).unwrap();
        let is_text = head.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
        let json = if is_text { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Self { status: head.status.as_u16(), headers: head.headers, text, json }
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status, and the body as JSON.
    pub fn into_parts(self) -> (u16, Value) {
        (self.status, self.json)
    }

    /// The body of an answer with this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// The body of an answer that is one.
    pub fn ok(&self) -> Value {
        self.clone().expect(200)
    }

    /// The lines of a CSV file.
    pub fn lines(&self) -> Vec<&str> {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/csv; charset=utf-8; header=present");
        self.text.strip_suffix("\r\n").unwrap().split("\r\n").collect()
    }

    /// The status with the code of the problem, and the fields that it names with their codes.
    pub fn refusal(&self) -> String {
        let mut text = format!("{} {}", self.status, self.json["code"].as_str().unwrap_or("-"));
        for error in self.json["errors"].as_array().into_iter().flatten() {
            text.push_str(&format!(" {}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()));
        }
        text
    }
}
