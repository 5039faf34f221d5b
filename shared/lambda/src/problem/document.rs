//! The body of a problem, and how OpenAPI describes it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Schema},
};

use super::{FieldError, PROBLEM_JSON, Problem};

/// Why a request was not done (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Document<'a> {
    /// A name of the kind of problem; not a place to visit.
    #[serde(rename = "type")]
    #[schema(example = "urn:volley:problem:not_found")]
    pub(super) kind: String,
    /// The kind of problem, always the same for a code.
    pub(super) title: &'a str,
    /// The HTTP status.
    pub(super) status: u16,
    /// Stable code for programs.
    pub(super) code: &'a str,
    /// A sentence that a person can act on.
    pub(super) detail: &'a str,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    pub(super) errors: &'a [FieldError],
    /// Name it when you ask about this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) correlation_id: Option<String>,
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Document::<'static>::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Problem")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((FieldError::name().into_owned(), FieldError::schema()));
    }
}

/// For `responses(…, Problem)` of a handler: every answer that is not listed there is a problem.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response =
            ResponseBuilder::new().description("It was not done; `code` says why.").content(PROBLEM_JSON, content);
        BTreeMap::from([("default".to_owned(), response.build().into())])
    }
}
