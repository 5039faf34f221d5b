//! Every error answer: RFC 9457 problem details with a stable code.

mod document;
mod known;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::setup::Invalid;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::current_correlation;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer. What it says is for callers: internals never stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code for programs.
    pub code: &'static str,
    /// The kind of problem, always the same for a code.
    pub title: &'static str,
    /// A sentence that a person can act on.
    pub detail: String,
    /// What is wrong with which field.
    pub errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, with dots and indexes for nested ones: `fields.2.pattern`; empty for the whole body.
    pub field: String,
    /// Stable code for programs.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub detail: String,
}

impl FieldError {
    /// A finding about `field`.
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }
}

impl From<Invalid> for FieldError {
    fn from(found: Invalid) -> Self {
        Self { field: found.field, code: found.code, detail: found.detail }
    }
}

impl Problem {
    /// A problem with any status.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, title, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// Adds what is wrong with which field.
    #[must_use]
    pub fn with_errors<E: Into<FieldError>>(mut self, errors: impl IntoIterator<Item = E>) -> Self {
        self.errors.extend(errors.into_iter().map(Into::into));
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let correlation_id = current_correlation();
        let document = document::Document {
            kind: format!("urn:volley:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            errors: &self.errors,
            correlation_id,
        };
        // Text and numbers always serialise; an empty body would still carry the status.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut answer = (self.status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        answer.headers_mut().extend(self.headers);
        answer
    }
}

#[cfg(test)]
mod tests;
