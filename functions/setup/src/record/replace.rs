//! `PUT`: replaces a record that the caller has read.

use axum::response::Response;
use domain::setup::Versioned;
use lambda::{
    Problem,
    problem::FieldError,
    record::{present, unknown},
};
use store::{Saved, Unreadable};

use super::{Resource, checks::check, reply};
use crate::{
    App,
    if_match::{IfMatch, stale},
};

/// Replaces the version that `If-Match` names.
pub(crate) async fn replace<T: Resource>(
    app: &App,
    reference: &str,
    IfMatch(version): IfMatch,
    mut record: T,
) -> Result<Response, Problem> {
    if record.reference() != reference {
        return Err(other_reference(reference));
    }
    let stored = match app.store.record::<T>(reference).await {
        Err(store::Error::Unreadable(row)) => return mend(app, &row, version, record).await,
        found => found?.ok_or_else(|| unknown::<T>(reference))?,
    };
    let not_kept = record.keep_secrets_of(&stored.record);
    if stored.version != version {
        return already_done(stored, version, &record);
    }
    if !not_kept.is_empty() {
        return Err(Problem::invalid(not_kept));
    }
    record.check_locked(&stored.record)?;
    record.check_used(app, &stored.record).await?;
    check(app, &record).await?;
    match app.store.save(record.clone(), Some(version)).await? {
        Saved::Done(saved) => Ok(reply(saved)),
        Saved::Stale => already_done(present::<T>(&app.store, reference).await?, version, &record),
    }
}

/// Replaces a record that cannot be read: as if it were new, since nobody knows what of it was to be kept.
async fn mend<T: Resource>(app: &App, broken: &Unreadable, version: u64, record: T) -> Result<Response, Problem> {
    let present = broken.version.unwrap_or_default();
    if version != present {
        return Err(stale(present));
    }
    check(app, &record).await?;
    match app.store.save(record, Some(version)).await? {
        Saved::Done(saved) => Ok(reply(saved)),
        Saved::Stale => Err(stale(present)),
    }
}

/// A replacement sent twice, by the caller or on the way to the table, finds itself: that is no conflict (RFC 9110, 13.1.1).
fn already_done<T: Resource>(there: Versioned<T>, replaced: u64, record: &T) -> Result<Response, Problem> {
    if there.version.checked_sub(1) == Some(replaced) && there.record == *record {
        Ok(reply(there))
    } else {
        Err(stale(there.version))
    }
}

fn other_reference(reference: &str) -> Problem {
    let detail = format!("A reference never changes: the body must say {reference}, as the path does.");
    let finding = FieldError::new("", "reference", detail.clone());
    Problem::unprocessable("reference_mismatch", detail).with_errors([finding])
}
