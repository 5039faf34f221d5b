//! What all five kinds of records do alike: made, listed, read, replaced, deactivated.

mod agreement;
mod checks;
mod create;
mod deactivate;
mod live;
mod read;
mod replace;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{
    address::Reach,
    setup::{Link, Record, Versioned},
};
use lambda::{Problem, problem::FieldError};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use self::{
    agreement::Target,
    create::create,
    deactivate::deactivate,
    read::{list, read},
    replace::replace,
};
use crate::{App, if_match::etag};

/// A record of this API: what differs between the kinds beyond what `domain` says of them.
pub(crate) trait Resource: Record + PartialEq {
    /// The path of its list.
    const PATH: &'static str;
    /// What is wrong with it in this installation.
    fn check_here(&self, _reach: Reach) -> Vec<FieldError> {
        Vec::new()
    }
    /// What of the stored one a replacement may not change.
    fn check_locked(&self, _stored: &Self) -> Result<(), Problem> {
        Ok(())
    }
    /// What of the stored one a replacement may not change, because something else follows from it that is kept.
    fn check_used(&self, _app: &App, _stored: &Self) -> impl Future<Output = Result<(), Problem>> + Send {
        std::future::ready(Ok(()))
    }
    /// Why it and a record it points to cannot go together.
    fn disagreements(&self, _link: &Link, _target: &Target) -> Vec<FieldError> {
        Vec::new()
    }
    /// What does not go together in a campaign as a whole, once each record fits by itself.
    fn check_together(&self, _app: &App) -> impl Future<Output = Result<Option<FieldError>, Problem>> + Send {
        std::future::ready(Ok(None))
    }
}

/// A record, or the settings, with its version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Stored<T> {
    /// What is stored, without its secrets.
    #[serde(flatten)]
    pub(crate) record: T,
    /// Grows with every replacement; the `ETag` names it.
    pub(crate) version: u64,
}

impl<T: Record> From<Versioned<T>> for Stored<T> {
    fn from(found: Versioned<T>) -> Self {
        Self { record: found.record.without_secrets(), version: found.version }
    }
}

/// Every answer with one record goes through here, so none shows secrets.
fn reply<T: Record>(found: Versioned<T>) -> Response {
    ([etag(found.version)], Json(Stored::from(found))).into_response()
}
