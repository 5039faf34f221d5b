//! The HTTP API as the demonstration calls it: the public one, with nothing but keys.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::StackError;
use crate::cloud::http_client;

/// Between the parts of a form; nothing that is sent holds it.
const BOUNDARY: &str = "volley-demonstration";
/// A function that starts cold on a busy machine takes its time.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The API, for one caller.
#[derive(Debug)]
pub(super) struct Api {
    base_url: String,
    key: String,
    http: Client,
}

/// An answer that has not been judged yet.
#[derive(Debug)]
pub(super) struct Answer {
    call: String,
    pub(super) status: u16,
    body: Value,
}

impl Api {
    pub(super) fn new(base_url: &str, key: &str) -> Result<Self, StackError> {
        Ok(Self { base_url: base_url.to_owned(), key: key.to_owned(), http: http_client()? })
    }

    /// The same API for another caller.
    pub(super) fn with_key(&self, key: &str) -> Self {
        Self { base_url: self.base_url.clone(), key: key.to_owned(), http: self.http.clone() }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, StackError> {
        self.send(Method::GET, path, |request| request).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, StackError> {
        self.send(Method::POST, path, |request| json(request, body)).await
    }

    /// Replaces `version` of what stands at `path`.
    pub(super) async fn put(&self, path: &str, version: u64, body: &Value) -> Result<Answer, StackError> {
        let etag = format!("\"{version}\"");
        self.send(Method::PUT, path, |request| json(request, body).header("if-match", etag)).await
    }

    /// Posts a body of this type, at most once however often it is called with the same `once`.
    pub(super) async fn post_once(
        &self,
        path: &str,
        once: &str,
        content_type: &str,
        body: String,
    ) -> Result<Answer, StackError> {
        let headed = |request: RequestBuilder| {
            request.header("idempotency-key", once).header("content-type", content_type).body(body)
        };
        self.send(Method::POST, path, headed).await
    }

    /// Uploads a text by a form that was given for it.
    pub(super) async fn upload(
        &self,
        url: &str,
        fields: &BTreeMap<String, String>,
        text: &str,
    ) -> Result<(), StackError> {
        let part = |name: &str, value: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let fields: String = fields.iter().map(|(name, value)| part(name, value)).collect();
        let body = format!("{fields}{}--{BOUNDARY}--\r\n", part("file\"; filename=\"june.csv", text));
        let request = self.http.post(url).timeout(TIMEOUT);
        let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body);
        Ok(request.send().await?.error_for_status().map(drop)?)
    }

    /// What is behind a link that was given.
    pub(super) async fn download(&self, url: &str) -> Result<String, StackError> {
        Ok(self.http.get(url).timeout(TIMEOUT).send().await?.error_for_status()?.text().await?)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        with_body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, StackError> {
        let call = format!("{method} {path}");
        let request = self.http.request(method, format!("{}{path}", self.base_url)).timeout(TIMEOUT);
        let answer = with_body(request.header("authorization", format!("Bearer {}", self.key))).send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { call, status, body })
    }
}

impl Answer {
    /// The body, if the status is one of these.
    pub(super) fn expect<T: DeserializeOwned>(self, statuses: &[u16]) -> Result<T, StackError> {
        if !statuses.contains(&self.status) {
            return Err(self.into_error());
        }
        serde_json::from_value(self.body.clone()).map_err(|error| StackError::Call {
            call: self.call,
            answer: format!("{} {}, which is not what was expected: {error}", self.status, self.body),
        })
    }

    /// The stable code of a problem document.
    pub(super) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(super) fn into_error(self) -> StackError {
        StackError::Call { call: self.call, answer: format!("{} {}", self.status, self.body) }
    }
}

fn json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}
