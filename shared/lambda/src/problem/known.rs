//! The problems that all functions share, and the one place where failures of the store become problems.

use axum::http::{HeaderValue, StatusCode, header};

use super::{FieldError, Problem};
use crate::start::chain;

/// Seconds after which a failed service is likely to be back.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("2");

impl Problem {
    /// 400: the request cannot be understood.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, "The request cannot be understood", detail)
    }

    /// 400: parameters of the query are wrong.
    pub fn invalid_query(found: Vec<FieldError>) -> Self {
        Self::bad_request("invalid_query", "Some parameters are wrong; see errors.").with_errors(found)
    }

    /// 401: no key, or one that opens nothing. The same whatever is wrong with it, so that nobody can try ids.
    pub fn unauthorised() -> Self {
        let detail = "Send a valid key: Authorization: Bearer vk_<id>_<secret>, or X-Key: vk_<id>_<secret>.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", "A valid key is needed", detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 401: the request is signed with none of the secrets that it could be, for this reason.
    pub fn unverified(why: impl std::fmt::Display) -> Self {
        let detail = format!("The request is not signed as it should be: {why}.");
        Self::new(StatusCode::UNAUTHORIZED, "unverified", "A valid signature is needed", detail)
    }

    /// 403: the key is valid, and may not do this.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "This key may not do that", detail)
    }

    /// 404: there is no such thing, or none that the caller may know of.
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", format!("There is no {what}."))
    }

    /// 405: the path is right, the method is not. The router adds `Allow`.
    pub fn method_not_allowed() -> Self {
        let detail = "This path takes other methods; the Allow header names them.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here", detail)
    }

    /// 409: it contradicts what is there.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, "It contradicts what is there", detail)
    }

    /// 412: what is there has changed since the caller read it.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", "It has changed meanwhile", detail)
    }

    /// 413: the body is too large.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large", detail)
    }

    /// 415: the body is of a kind that is not read here.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        let title = "The body is of a kind that is not read here";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", title, detail)
    }

    /// 422: understood, and refused for what it says.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "The request is refused for what it says", detail)
    }

    /// 422: fields of the body are wrong.
    pub fn invalid<E: Into<FieldError>>(found: impl IntoIterator<Item = E>) -> Self {
        Self::unprocessable("invalid", "Some fields are wrong; see errors.").with_errors(found)
    }

    /// 422: the `Idempotency-Key` came with another request before.
    pub fn idempotency_key_reused() -> Self {
        let detail = "This Idempotency-Key came with another request before; use a new key for a new request.";
        Self::unprocessable("idempotency_key_reused", detail)
    }

    /// 428: the caller must say which version it read.
    pub fn precondition_required(detail: impl Into<String>) -> Self {
        let title = "The version that is to be replaced is needed";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "version_required", title, detail)
    }

    /// 500: our fault. What happened stands in the log, under the correlation id.
    pub fn internal() -> Self {
        let detail =
            "Something went wrong on our side. Trying again may help; if it does not, name the correlation id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side", detail)
    }

    /// 503: a service that we need does not answer; the same request may work in a moment.
    pub fn try_again() -> Self {
        let detail = "The request may or may not have been done. Send it again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "try_again", "Not available for a moment", detail)
            .with_header(header::RETRY_AFTER, RETRY_AFTER_S)
    }
}

impl Problem {
    /// 422: only numbers are read without pages, so it is a report that asks for less.
    fn too_much_to_read() -> Self {
        let detail = "There is too much to read for one answer. Name a campaign, or a shorter period.";
        Self::unprocessable("too_much_to_read", detail)
    }

    /// Something that our own rules rule out has happened: logged here, and answered as [`Problem::internal`].
    pub fn broken(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "a rule of ours does not hold");
        Self::internal()
    }
}

/// Here, and only here, failures of the store are logged for HTTP functions. That too much is asked for is none.
impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        let problem = match error {
            store::Error::Service { .. } | store::Error::Contended { .. } => Self::try_again(),
            store::Error::Unreadable(_) | store::Error::Item(_) => Self::internal(),
            store::Error::TooMuchToRead { .. } => return Self::too_much_to_read(),
        };
        tracing::error!(error = chain(&error), "the store failed");
        problem
    }
}

impl From<crate::StartError> for Problem {
    /// A part that is only built when it is first needed could not be.
    fn from(error: crate::StartError) -> Self {
        tracing::error!(error = chain(&error), "a part of the function is missing");
        Self::try_again()
    }
}
