//! Records of the set-up that the seller names, as they are now; or what can be done where one is not there, or cannot be read.

use std::fmt::Display;

use domain::setup::{Record, Versioned};
use store::{Store, Unreadable};

use crate::Problem;

/// A record, if there is one.
///
/// # Errors
/// 409 `unreadable`, with the version by which it can be replaced; the store's.
pub async fn found<T: Record>(store: &Store, reference: &str) -> Result<Option<Versioned<T>>, Problem> {
    match store.record::<T>(reference).await {
        Err(store::Error::Unreadable(row)) => Err(unreadable(format_args!("{} {reference}", T::KIND.word()), &row)),
        found => Ok(found?),
    }
}

/// A record that has to be there.
///
/// # Errors
/// 404, and as for [`found`].
pub async fn present<T: Record>(store: &Store, reference: &str) -> Result<Versioned<T>, Problem> {
    found(store, reference).await?.ok_or_else(|| unknown::<T>(reference))
}

/// 404: there is no such record.
pub fn unknown<T: Record>(reference: &str) -> Problem {
    Problem::not_found(format_args!("{} {reference}", T::KIND.word()))
}

/// 409: what is there can only be replaced as a whole. For the seller, as nobody else could do that.
pub fn unreadable(what: impl Display, row: &Unreadable) -> Problem {
    tracing::error!(error = %row, "a record cannot be read");
    let version = row.version.unwrap_or_default();
    let detail = format!(
        "The {what} is there, and cannot be read. Replace it as a whole with PUT, and If-Match: \"{version}\"."
    );
    Problem::conflict("unreadable", detail)
}
